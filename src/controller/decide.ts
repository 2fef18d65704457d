import {
  type ConfigRecord,
  type Job,
  type JobAction,
  type ProcessedConfig,
  sameBody,
  TEMPLATE_TYPE,
} from '../records/index.ts';
import type { JobViews } from './job-view.ts';
import { isHandlerUnbegun, isUnbegun } from './never-begun.ts';
import { type ConfigChange, type PlanContext, type PlannedJob, planChange } from './plan.ts';
import { pathKey, type ResourcePath, type ResourceView, type ResourceViews, type Seen } from './resource-view.ts';
import { isUnclaimed } from './workflow.ts';

/** What deciding knows. */
export interface DecideContext extends PlanContext {
  readonly resources: ResourceViews;
  readonly jobs: JobViews;
  /** Whether a worker that lives has the handler. */
  readonly hasWorker: (handler: string) => boolean;
  /** Notes that `path` is to be looked at again when one of `awaits` ('type:id') changes. */
  readonly onUnresolved: (path: string, awaits: readonly string[]) => void;
}

/** A resource, and what was known of it. */
export interface Known {
  readonly resource: ResourcePath;
  readonly view: ResourceView;
}

/** What one resource needs. `obsolete` are jobs that no worker has, and that leave the queue for it. */
export type Decision =
  | { readonly kind: 'nothing' }
  /** An older version is still worked on; what there is to say about this one comes after that. */
  | { readonly kind: 'postponed' }
  /** The intent is read, and nothing works on it. */
  | (Known & { readonly kind: 'read'; readonly config: Seen<ConfigRecord>; readonly obsolete: readonly Job[] })
  | (Known & {
      readonly kind: 'refuse';
      readonly config: Seen<ConfigRecord>;
      readonly action: JobAction;
      readonly error: string;
      readonly obsolete: readonly Job[];
    })
  | (Known & {
      readonly kind: 'work';
      readonly config: Seen<ConfigRecord>;
      readonly action: JobAction;
      readonly jobs: readonly PlannedJob[];
      readonly undoesEarlier: boolean;
      readonly obsolete: readonly Job[];
    })
  /** The intent was removed without a mark: what was built for it is undone. */
  | (Known & {
      readonly kind: 'undo';
      readonly applied: ProcessedConfig;
      readonly jobs: readonly PlannedJob[];
      readonly obsolete: readonly Job[];
    })
  /** The intent is gone, and nothing is left to undo. */
  | (Known & { readonly kind: 'forget'; readonly obsolete: readonly Job[] });

const nothing: Decision = { kind: 'nothing' };

/**
 * What one resource needs now, from what the store holds of it: the step that reads, resolves and maps. Asking again
 * when nothing changed gives nothing. `again`: a version that failed is planned once more.
 */
export function decide(context: DecideContext, path: string, again = false): Decision {
  const resource = context.resources.resolve(path);
  if (resource === null || resource.type.id === TEMPLATE_TYPE) return nothing;
  const view = context.resources.get(path);
  const queued = context.jobs.ofResource(path);
  if (view.config !== null) return decideIntent(context, { resource, view }, view.config, queued, again);
  if (view.processed !== null) return decideRemoval(context, { resource, view }, view.processed, queued);
  // Nothing was planned; what was noted about it is for nobody.
  const isNoteLeft = view.failure !== null && view.applied === null && queued.length === 0;
  return isNoteLeft ? { kind: 'forget', resource, view, obsolete: [] } : nothing;
}

function decideIntent(
  context: DecideContext,
  known: Known,
  config: Seen<ConfigRecord>,
  queued: readonly Job[],
  again: boolean,
): Decision {
  const { view } = known;
  if (isPlanned(view, config.value)) {
    const isDue = queued.length > 0 ? isUnwanted(context, known, queued) : !isAnswered(view, config.value) || again;
    if (!isDue) return nothing;
  }
  // What can't be planned with the workers that there are may need none.
  const decision = decideChange(context, known, config, queued);
  if (decision.kind !== 'refuse' || !config.value.markedForDeletion) return decision;
  const without = decideChange({ ...context, hasWorker: () => false }, known, config, queued);
  return without.kind === 'postponed' ? decision : without;
}

function decideChange(
  context: DecideContext,
  known: Known,
  config: Seen<ConfigRecord>,
  queued: readonly Job[],
): Decision {
  const { resource, view } = known;
  const { body, version, markedForDeletion } = config.value;
  const previous = lastApplied(view)?.body ?? null;
  const attempted = view.processed?.value.body ?? null;
  const change = { ...resource, version, body, previous, attempted, markedForDeletion };
  const plan = planChange(context, { ...change, isUnbegun: unbegunOf(context, known, queued) });
  if (plan.kind === 'unresolved') context.onUnresolved(pathKey(resource.type.id, resource.id), plan.awaits);
  const obsolete = obsoleteJobs(context, known, queued, markedForDeletion || plan.kind === 'read');
  if (plan.kind === 'work') return { ...plan, ...known, config, obsolete };
  // The state of an older version that is still worked on would come after this one's.
  if (obsolete.length < queued.length) return { kind: 'postponed' };
  return plan.kind === 'read'
    ? { kind: 'read', ...known, config, obsolete }
    : { kind: 'refuse', ...known, config, action: plan.action, error: plan.error, obsolete };
}

/** A config that was removed without a mark: what was built for it is undone, from what was applied, or begun, last. */
function decideRemoval(
  context: DecideContext,
  known: Known,
  processed: Seen<ProcessedConfig>,
  queued: readonly Job[],
): Decision {
  const { resource, view } = known;
  const obsolete = obsoleteJobs(context, known, queued, !processed.value.deleted);
  // What a worker has begun ends before it is undone.
  if (obsolete.length < queued.length) return nothing;
  if (processed.value.deleted) return { kind: 'forget', ...known, obsolete };
  const last = lastApplied(view);
  const applied = last ?? processed.value;
  const { version, body } = applied;
  const attempted = processed.value.body;
  const change: ConfigChange = { ...resource, version, body, previous: body, attempted, markedForDeletion: true };
  const isUnbegun = unbegunOf(context, known, queued);
  const plan = planChange(context, { ...change, applied: last?.body ?? null, isUnbegun });
  return plan.kind === 'work'
    ? { kind: 'undo', ...known, applied, jobs: plan.jobs, obsolete }
    : { kind: 'forget', ...known, obsolete };
}

/**
 * Which handlers have nothing to undo, and nobody who would: no worker has begun with their jobs. Where one has the
 * handler, it is asked all the same: a store that was lost doesn't tell what was built before.
 */
function unbegunOf(
  { jobs, hasWorker }: DecideContext,
  { view }: Known,
  queued: readonly Job[],
): (handler: string) => boolean {
  return (handler) => !hasWorker(handler) && isHandlerUnbegun(jobs, view, queued, handler);
}

/**
 * Jobs that leave the queue for what is planned now: those that no worker has, for a handler that the type names no more;
 * and, where nothing is to work on the resource any more, those that none has begun, nor will.
 */
function obsoleteJobs(
  { jobs, hasWorker }: DecideContext,
  { resource }: Known,
  queued: readonly Job[],
  ends: boolean,
): readonly Job[] {
  return queued.filter((job) => {
    return (
      (ends && !hasWorker(job.handler) && isUnbegun(jobs, job)) || (isUnclaimed(jobs, job) && !isNamed(resource, job))
    );
  });
}

/** Whether a job in the queue is for a handler that the catalogue no longer names for its type, and nothing holds it. */
function isUnwanted({ jobs }: DecideContext, { resource }: Known, queued: readonly Job[]): boolean {
  return queued.every((job) => isUnclaimed(jobs, job)) && queued.some((job) => !isNamed(resource, job));
}

function isNamed({ type }: ResourcePath, job: Job): boolean {
  return type.handlers.some(({ handler }) => handler === job.handler);
}

/** Whether a config is the one that was planned last. */
function isPlanned({ processed }: ResourceView, config: ConfigRecord): boolean {
  return (
    processed !== null &&
    processed.value.version === config.version &&
    processed.value.deleted === config.markedForDeletion &&
    sameBody(processed.value.body, config.body)
  );
}

/** Whether what was planned came to an end. Where it didn't, and nothing is under way, it is planned again. */
function isAnswered({ state }: ResourceView, config: ConfigRecord): boolean {
  return state !== null && state.value.version === config.version;
}

/** The config that the southbound holds: kept apart while a workflow is under way, else what was planned last. */
export function lastApplied({ applied, processed, state }: ResourceView): ProcessedConfig | null {
  if (applied !== null) return applied.value;
  if (processed === null || state === null || state.value.error !== '') return null;
  return state.value.version === processed.value.version ? processed.value : null;
}
