import { type Plan, type PlanContext, type PlannedJob, planChange } from '../controller/index.ts';
import { errorText, isKamadoError, type Json, type JsonObject } from '../kernel/index.ts';
import { type ConfigRecord, TEMPLATE_TYPE } from '../records/index.ts';
import { explainMapping, explanationText, type Model, parseMapping, relationsOf } from '../schema/index.ts';
import { type Difference, differences, type IsSecret } from './differences.ts';
import { byName, secretsOf } from './job-differences.ts';
import { mappingsOf } from './template-mappings.ts';

/** The rules by which changes are planned. */
export interface Rules {
  readonly model: Model;
  /** Bodies of templates that replace the existing ones. */
  readonly templates: ReadonlyMap<string, JsonObject>;
}

/** A change to plan, and the knowledge at that time. */
export interface KnownChange {
  readonly type: string;
  readonly id: string;
  readonly config: ConfigRecord;
  /** The body that was applied before, or null. */
  readonly previous: JsonObject | null;
  readonly lookup: (type: string, id: string) => JsonObject | undefined;
  readonly canModify: (handler: string) => boolean;
}

/** A difference between two plans, with the source of the changed value if it is a parameter's. */
export interface PlanDifference extends Difference {
  readonly because: string | null;
}

/** A change that two sets of rules plan differently. */
export interface ChangedPlan {
  /** 'type:id:version'. */
  readonly name: string;
  /** The differences: `recorded` is the result of the present rules, `planned` that of the changed ones. */
  readonly differences: readonly PlanDifference[];
}

/** Compares the plans of a change by two sets of rules; null: they are equal. */
export function comparePlans(present: Rules, changed: Rules, change: KnownChange): ChangedPlan | null {
  const [before, after] = [outcomeOf(present, change), outcomeOf(changed, change)];
  const secrets = [isSecretIn(present, change, before), isSecretIn(changed, change, after)];
  const isSecret: IsSecret = (pointer) => secrets.some((one) => one(pointer));
  const found = differences(shapeOf(before), shapeOf(after), isSecret);
  if (found.length === 0) return null;
  return {
    name: `${change.type}:${change.id}:${change.config.version}`,
    differences: found.map((one) => ({ ...one, because: because(changed, change, after, one) })),
  };
}

type Outcome = Plan | { readonly kind: 'unknown' };

function outcomeOf(rules: Rules, change: KnownChange): Outcome {
  const type = rules.model.types.get(change.type);
  if (type === undefined) return { kind: 'unknown' };
  const { id, config, previous } = change;
  const { version, body, markedForDeletion } = config;
  return planChange(contextOf(rules, change), { type, id, version, body, previous, markedForDeletion });
}

function contextOf({ model, templates }: Rules, { lookup, canModify }: KnownChange): PlanContext {
  return {
    model,
    lookup: (type, id) => (type === TEMPLATE_TYPE ? templates.get(id) : undefined) ?? lookup(type, id),
    canModify,
  };
}

/** An outcome as a value whose parts can be compared; jobs by their action and handler. */
function shapeOf(outcome: Outcome): JsonObject {
  switch (outcome.kind) {
    case 'unknown':
      return { outcome: 'there is no such type' };
    case 'read':
      return { outcome: 'read, and nothing works on it' };
    case 'unresolved':
      return { outcome: `cannot be planned: ${outcome.error}` };
    case 'work':
      return { outcome: 'jobs', jobs: Object.fromEntries(outcome.jobs.map((job) => [nameOf(job), shapeOfJob(job)])) };
  }
}

function nameOf(job: PlannedJob): string {
  return `${job.action}:${job.handler}`;
}

function shapeOfJob({ params, secretParams: _, ...job }: PlannedJob): JsonObject {
  const value: JsonObject = JSON.parse(JSON.stringify({ ...job, params: byName(params) }));
  return value;
}

function isSecretIn(rules: Rules, change: KnownChange, outcome: Outcome): IsSecret {
  if (outcome.kind !== 'work') return () => false;
  const byJob = new Map<string, IsSecret>(
    outcome.jobs.map((job) => {
      const mappings = mappingsOf(contextOf(rules, change), job);
      return [`/jobs/${nameOf(job)}`, secretsOf(job, { model: rules.model, mappings })] as const;
    }),
  );
  return (pointer) => {
    const [, jobs = '', name = ''] = pointer.split('/');
    const prefix = `/${jobs}/${name}`;
    return byJob.get(prefix)?.(pointer.slice(prefix.length)) === true;
  };
}

/** The source of a parameter's value in the changed rules. */
function because(rules: Rules, change: KnownChange, outcome: Outcome, { pointer }: Difference): string | null {
  const [, , name, params, param] = pointer.split('/').map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  const job = outcome.kind === 'work' ? outcome.jobs.find((one) => nameOf(one) === name) : undefined;
  if (job === undefined || params !== 'params' || param === undefined) return null;
  const planning = contextOf(rules, change);
  const source: Json | undefined = mappingsOf(planning, job)?.[param];
  if (source === undefined) return null;
  const { model, lookup } = planning;
  const context = {
    type: change.type,
    body: job.action === 'delete' && change.previous !== null ? change.previous : change.config.body,
    version: change.config.version,
    relationOf: relationsOf(model),
    lookup,
  };
  try {
    return explanationText(explainMapping(parseMapping(source, param), context, model, param));
  } catch (error) {
    if (isKamadoError(error)) return errorText(error);
    throw error;
  }
}
