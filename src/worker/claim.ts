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

/** A job that this worker has, and the condition of everything that it writes about it. */
export interface Claim {
  readonly job: Job;
  readonly attempt: number;
  /** How many tries failed, and what is done about that. */
  readonly failures: number;
  readonly retry: HandlerRetry | null;
  readonly stateForm: StateForm;
  /** A revision after which only this claim has written the job's record, and not since. */
  readonly recordRevision: number;
  readonly type: ResourceType;
  readonly guard: Compare;
  /** The job's template as it was at the claim, or null. */
  readonly template: { readonly id: string; readonly body: JsonObject; readonly modRevision: number } | null;
  /** The parameters that are secret, as planning noted them; null or absent: it noted nothing. */
  readonly secretParams?: ReadonlySet<string> | null;
  /** What earlier jobs of the workflow handed on. */
  readonly jobState: JsonObject;
}

/**
 * Claims a job, in one transaction: nobody has it, it is ready as it was seen. Null if that no longer holds. The claim
 * lives as long as its lease. `claimId` belongs to this claim alone: what it writes compares it.
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
  // A model in force since the job was planned may not name its handler any more.
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

/** What a try that failed and is followed by another one writes: how many there were. */
export function attemptOperations({ job, attempt, failures }: Claim): readonly Operation[] {
  return [{ type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt, failures }) }];
}

/**
 * What a worker writes that ends in order: the job is another one's at once, and lost no worker. What it began may be
 * there, so it is one attempt up.
 */
export function giveBackOperations({ job, attempt, failures }: Claim): readonly Operation[] {
  return [
    { type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt: attempt + 1, failures }) },
    { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    { type: 'delete', range: oneKey(jobKey('working', job.id)) },
  ];
}

/** Holds until the next failure is noted: one that was noted late must not take back a later one. */
export function isRecordUnchanged({ job, recordRevision }: Claim): Compare {
  return { key: jobKey('all', job.id), target: 'modRevision', is: '<', value: recordRevision + 1 };
}

/** What the result of a job writes: what became of the stack, and the workflow's job state. */
export function resultOperations(
  { type, job }: Claim,
  jobState: JsonObject,
  stack: StackRecord | null,
): readonly Operation[] {
  const put = (family: Family, value: string): Operation => {
    return { type: 'put', key: resourceKey(family, type.url, job.resource_id), value };
  };
  const { secretOutputs = [] } = stack ?? {};
  // A mark stays until the resource is gone: what was written with it may stand in its state for a while.
  const key = outputsMarkKey(type.url, job.resource_id);
  return [
    ...(stack === null ? [] : [put('heatStack', encodeStack(stack))]),
    ...(secretOutputs.length === 0 ? [] : [{ type: 'put', key, value: encodeSecretNames(secretOutputs) } as const]),
    put('jobState', JSON.stringify(jobState)),
  ];
}

/** How a job ended: its error, or null, and the members of the state that follows. */
export interface JobEnd {
  readonly error: string | null;
  readonly members: JsonObject;
}

/** What the end of a job writes: the state where it is the last or failed, the finish, and the end of the claim. */
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

/** If there is none, the handler hears of it, which fails the job, visibly. */
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
