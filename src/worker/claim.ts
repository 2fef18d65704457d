import { isJsonObject, type JsonObject, parseJson } from '../kernel/index.ts';
import {
  completedState,
  decodeConfig,
  decodeSecretNames,
  encodeFinished,
  encodeJob,
  encodeSecretNames,
  encodeStack,
  encodeState,
  type Family,
  failedState,
  type Job,
  jobKey,
  jobMarkKey,
  outputsMarkKey,
  type QueuedJob,
  resourceKey,
  type StackRecord,
  TEMPLATE_TYPE,
} from '../records/index.ts';
import {
  type HandlerRetry,
  isValidId,
  type Model,
  type ResourceType,
  type StateForm,
  templateIdOf,
} from '../schema/index.ts';
import { type Compare, type KeyValue, type Lease, type Operation, oneKey, type Store } from '../store/index.ts';

/** A job that this worker has claimed, and the condition for all its writes about the job. */
export interface Claim {
  readonly job: Job;
  readonly attempt: number;
  /** The number of failed tries. */
  readonly failures: number;
  readonly retry: HandlerRetry | null;
  readonly stateForm: StateForm;
  /**
   * A revision not before the last change of the job's record. The record's modRevision stays at or below it until this
   * claim writes the record.
   */
  readonly recordRevision: number;
  readonly type: ResourceType;
  readonly guard: Compare;
  /** The job's template as it was at the claim, or null. */
  readonly template: { readonly id: string; readonly body: JsonObject; readonly modRevision: number } | null;
  /** The secret parameters, as planning noted them; null or absent: it noted none. */
  readonly secretParams?: ReadonlySet<string> | null;
  /** The results of earlier jobs of the workflow. */
  readonly jobState: JsonObject;
}

/**
 * Claims a job in one transaction, if no worker has it and it is ready at the revision that was seen. Null if that no
 * longer holds. The claim lasts as long as its lease. `claimId` is unique to this claim: all its writes compare it.
 */
export async function claimJob(
  store: Store,
  model: Model,
  ready: { readonly queued: QueuedJob; readonly readyRevision: number },
  lease: Lease,
  claimId: string,
): Promise<Claim | null> {
  const { job, attempt, failures = 0 } = ready.queued;
  const type = model.types.get(job.resource_type);
  if (type === undefined) return null;
  // The current model may be newer than the job, and may not name its handler any more.
  const binding = type.handlers.find(({ handler }) => handler === job.handler);
  const working = jobKey('working', job.id);
  const jobStateKey = resourceKey('jobState', type.url, job.resource_id);
  const templateKey = templateKeyOf(model, job);
  const result = await store.transact({
    compare: [
      { key: working, target: 'createRevision', is: '=', value: 0 },
      { key: jobKey('ready', job.id), target: 'modRevision', is: '=', value: ready.readyRevision },
    ],
    success: [
      { type: 'put', key: working, value: claimId, lease: lease.id },
      { type: 'delete', range: oneKey(jobKey('ready', job.id)) },
      job.is_first ? { type: 'put', key: jobStateKey, value: '{}' } : { type: 'get', range: oneKey(jobStateKey) },
      { type: 'get', range: oneKey(jobMarkKey(job.id)) },
      ...(templateKey === null ? [] : [{ type: 'get', range: oneKey(templateKey) } as const]),
    ],
  });
  if (!result.succeeded) return null;
  const [, , state, mark, template] = result.results;
  return {
    job,
    attempt,
    failures,
    retry: binding?.retry ?? null,
    stateForm: binding?.stateForm ?? '2018',
    recordRevision: result.revision,
    type,
    guard: { key: working, target: 'value', is: '=', value: claimId },
    template: templateOf(template?.type === 'get' ? template.entries[0] : undefined),
    secretParams: namesIn(mark?.type === 'get' ? mark.entries[0] : undefined),
    jobState: jobStateOf(state?.type === 'get' ? state.entries[0] : undefined),
  };
}

/** Returns the operations after a failed try that another one follows: they record the number of failures. */
export function attemptOperations({ job, attempt, failures }: Claim): readonly Operation[] {
  return [{ type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt, failures }) }];
}

/**
 * Returns the operations of a worker that shuts down in order: another worker can claim the job at once, and it isn't
 * counted as lost. Its effects may exist, so the number of attempts grows by one.
 */
export function giveBackOperations({ job, attempt, failures }: Claim): readonly Operation[] {
  return [
    { type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt: attempt + 1, failures }) },
    { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    { type: 'delete', range: oneKey(jobKey('working', job.id)) },
  ];
}

/** A condition that holds until the next failure is recorded: a late write must not overwrite a later one. */
export function isRecordUnchanged({ job, recordRevision }: Claim): Compare {
  return { key: jobKey('all', job.id), target: 'modRevision', is: '<', value: recordRevision + 1 };
}

/** Returns the operations of a job's result: the record of the stack, and the workflow's job state. */
export function resultOperations(
  { type, job }: Claim,
  jobState: JsonObject,
  stack: StackRecord | null,
): readonly Operation[] {
  const put = (family: Family, value: string): Operation => {
    return { type: 'put', key: resourceKey(family, type.url, job.resource_id), value };
  };
  const { secretOutputs = [] } = stack ?? {};
  // A mark stays until the resource is deleted: earlier outputs may stay in its state for a while.
  const key = outputsMarkKey(type.url, job.resource_id);
  return [
    ...(stack === null ? [] : [put('heatStack', encodeStack(stack))]),
    ...(secretOutputs.length === 0 ? [] : [{ type: 'put', key, value: encodeSecretNames(secretOutputs) } as const]),
    put('jobState', JSON.stringify(jobState)),
  ];
}

/** The end of a job: its error, or null, and the members of the state that follows. */
export interface JobEnd {
  readonly error: string | null;
  readonly members: JsonObject;
}

/**
 * Returns the operations of a job's end: the state if the job is the last or failed, the finish, and the end of the
 * claim.
 */
export function finishOperations({ job, type }: Pick<Claim, 'job' | 'type'>, end: JobEnd): readonly Operation[] {
  const { error, members } = end;
  const failed = error !== null && job.on_failure === 'fail';
  const ends = failed || job.is_last;
  const record = failed
    ? failedState(job.action, job.version, error, members)
    : completedState(job.action, job.version, members);
  const put: Operation = {
    type: 'put',
    key: resourceKey('state', type.url, job.resource_id),
    value: encodeState(record),
  };
  return [
    ...(ends ? [put] : []),
    { type: 'put', key: jobKey('finished', job.id), value: encodeFinished(error === null ? [] : [error]) },
    { type: 'delete', range: oneKey(jobKey('working', job.id)) },
    ...(ends ? [{ type: 'delete', range: oneKey(resourceKey('jobState', type.url, job.resource_id)) } as const] : []),
  ];
}

/** The key of the job's template. Without a template, the handler gets an error that fails the job visibly. */
function templateKeyOf(model: Model, job: Job): string | null {
  const url = model.types.get(TEMPLATE_TYPE)?.url;
  const id = templateIdOf(model, job);
  return url === undefined || id === null || !isValidId(id) ? null : resourceKey('config', url, id);
}

function templateOf(entry: KeyValue | undefined): Claim['template'] {
  const body = entry === undefined ? undefined : decodeConfig(entry.value)?.body;
  if (entry === undefined || body === undefined) return null;
  return { id: entry.key.slice(entry.key.lastIndexOf('/') + 1), body, modRevision: entry.modRevision };
}

function namesIn(entry: KeyValue | undefined): ReadonlySet<string> | null {
  return entry === undefined ? null : decodeSecretNames(entry.value);
}

function jobStateOf(entry: KeyValue | undefined): JsonObject {
  const value = entry === undefined ? undefined : parseJson(entry.value);
  return isJsonObject(value) ? value : {};
}
