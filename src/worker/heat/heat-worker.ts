import { documentParameters } from '../../hot/index.ts';
import {
  type ErrorCode,
  isKamadoError,
  type Json,
  type JsonObject,
  kamadoError,
  limits,
  noRedaction,
  type Redactor,
  type Runtime,
  redactorOf,
} from '../../kernel/index.ts';
import { failureOf, type HandlerRecord, type Job, stackName } from '../../records/index.ts';
import type { StateForm } from '../../schema/index.ts';
import { type StackEngine, type StackRef, StackWatch } from '../../southbound/stack/index.ts';
import { renderGuardedMarked } from '../../template/index.ts';
import type { Handler, JobTools } from '../handler.ts';
import { jobParameters } from '../job-parameters.ts';
import { jobRedactor, redactedText, secretTextsOf, textsIn } from '../job-secrets.ts';
import { parsedTemplate } from '../parsed-templates.ts';
import { ensureStack, foreignParameterOf, type StackTools } from './ensure-stack.ts';
import { secretOutputsOf } from './secret-outputs.ts';
import { removalMinutes, stackInputs } from './stack-inputs.ts';

/** The name that schemas use. */
export const HEAT_WORKER = 'heat_worker';

/** The declaration of the handler, also for workers without a stack engine. */
export const heatDeclaration: HandlerRecord = { handler: HEAT_WORKER, canModify: true };

/**
 * The handler that builds stacks from templates (compatibility W1, W2, W3, W4). It is generic: everything specific to a
 * type is in the type's template and parameters. The outputs of stacks are stored as `heat_outputs`.
 */
export function heatWorker(runtime: Runtime, engine: StackEngine): Handler {
  const stacks: StackTools = { engine, watch: new StackWatch(runtime, engine) };
  return {
    name: HEAT_WORKER,
    canModify: heatDeclaration.canModify,
    run: (job, tools) => {
      const isRemoval = job.action === 'delete' || job.action === 'logical_delete';
      return withRemedy(stacks, noRedaction, () =>
        isRemoval ? remove(stacks, job, tools) : build(stacks, job, tools),
      );
    },
    failedState: (job, form) => statesOf(form, failureOf(job.action), []),
  };
}

async function build(stacks: StackTools, job: Job, tools: JobTools): Promise<JsonObject> {
  const { values, isSecret: isSecretParam } = await jobParameters(job, tools);
  const { parameters, context, timeoutMinutes } = stackInputs(values);
  const rendered = renderGuardedMarked(parsedTemplate(job, tools), context, isSecretParam);
  const { text: template, document } = rendered;
  const request = { ref: refOf(job), revision: revisionOf(job, tools), template, parameters, timeoutMinutes };
  const isNew = job.action === 'create' && tools.attempt === 0;
  const declared = documentParameters(document);
  const isSecret = (param: string): boolean => isSecretParam(param) || declared.get(param)?.isHidden === true;
  const secrets = [
    ...secretTextsOf(job, tools, isSecret),
    ...[...values].flatMap(([param, value]) => (isSecret(param) ? textsIn(value) : [])),
    ...rendered.secretTexts,
  ];
  const redact = redactorOf(secrets);
  return await withRemedy(stacks, redact, async () => {
    const options = { timeoutMs: timeOf(timeoutMinutes), isNew, redact };
    const stack = await ensureStack(stacks, tools, { kind: 'present', request }, options);
    if (stack === null) throw kamadoError('STACK_NOT_FOUND', { stack: request.ref.name });
    const status = `${stack.action}_${stack.progress}`;
    const { name: stackName, outputs } = stack;
    const secretOutputs = secretOutputsOf(outputs, { document, isSecret, secrets: new Set(secrets) });
    tools.keepStack({ ...recordOf(job), stackName, status, reason: redact(stack.reason), outputs, secretOutputs });
    return statesOf(tools.stateForm, status, outputs);
  });
}

async function remove(stacks: StackTools, job: Job, tools: JobTools): Promise<JsonObject> {
  // Without a project no stack was built.
  if (projectOf(job) !== null) {
    const redact = jobRedactor(job, tools);
    const options = { timeoutMs: timeOf(removalMinutes(job.params)), isNew: false, redact };
    await withRemedy(stacks, redact, () => ensureStack(stacks, tools, { kind: 'absent', ref: refOf(job) }, options));
  }
  const status = 'DELETE_COMPLETE';
  tools.keepStack({ ...recordOf(job), stackName: '', status, reason: '', outputs: [] });
  // As a step of a modify, the resource is as wanted: without a stack.
  return statesOf(tools.stateForm, job.action === 'delete' ? 'UPDATE_COMPLETE' : status, []);
}

/**
 * Runs an operation of the engine. Its errors include the remedy, since a state is all that its readers see of an
 * error.
 * @param redact redacts the engine's texts
 */
async function withRemedy<Result>(
  { engine }: StackTools,
  redact: Redactor,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    if (unchangedErrors.has(error.code)) throw error;
    const text = redactedText(error, redact, foreignParameterOf(engine));
    const end = /[.!?]$/.test(text) ? '' : '.';
    throw kamadoError('HANDLER_FAILED', { reason: `${text}${end} ${error.remedy}` });
  }
}

/** Errors that include the remedy already, or that aren't errors of the resource. */
const unchangedErrors: ReadonlySet<ErrorCode> = new Set([
  'HANDLER_FAILED',
  'STORE_UNAVAILABLE',
  'STORAGE_FULL',
  'CLAIM_LOST',
]);

/** @throws STACK_REFUSED if the resource has no tenant */
function refOf(job: Job): StackRef {
  const name = stackName(job.resource_type, job.resource_id);
  const project = projectOf(job);
  if (project !== null) return { project, name };
  throw kamadoError('STACK_REFUSED', { stack: name, reason: 'the resource has no tenant_id to name its project' });
}

function projectOf({ resource_input: body }: Job): string | null {
  return typeof body.tenant_id === 'string' && body.tenant_id !== '' ? body.tenant_id : null;
}

/**
 * The revision of a stack request: the same for every try of a job that a lost worker began, another one after a
 * failure. The end of the job's id distinguishes it from an earlier job for the same version: of a former resource with
 * that id, or of a database that was restored.
 */
function revisionOf({ id, version }: Job, { failures }: JobTools): string {
  return `${version}.${failures}.${id.slice(id.lastIndexOf(':') + 1)}`;
}

/**
 * The time to wait for a stack: longer than the engine's own limit, so that the job gives up only an engine that
 * doesn't report the time-out itself.
 */
function timeOf(minutes: number): number {
  return minutes * 60_000 + limits.stackGraceMs;
}

function recordOf(job: Job) {
  return { id: `${job.resource_type}:${job.resource_id}`, tenantId: projectOf(job) ?? '' };
}

function statesOf(form: StateForm, status: string, outputs: readonly Json[]): JsonObject {
  return form === '2017' ? { heat_outputs: outputs } : { heat_outputs: outputs, orchestration_state: status };
}
