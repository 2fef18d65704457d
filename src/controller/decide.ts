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

/** The knowledge for decisions. */
export interface DecideContext extends PlanContext {
  readonly resources: ResourceViews;
  readonly jobs: JobViews;
  /** Whether a running worker has the handler. */
  readonly hasWorker: (handler: string) => boolean;
  /** Records that `path` must be reconciled again when one of `awaits` ('type:id') changes. */
  readonly onUnresolved: (path: string, awaits: readonly string[]) => void;
}

/** A resource, and the knowledge about it. */
export interface Known {
  readonly resource: ResourcePath;
  readonly view: ResourceView;
}

/** The decision about one resource. `obsolete` are unclaimed jobs that leave the queue for it. */
export type Decision =
  | { readonly kind: 'nothing' }
  /** An older version is still in progress; the state of this one is written after that. */
  | { readonly kind: 'postponed' }
  /** The intent is read, and no handler works on it. */
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
  /** The intent was removed without a deletion mark: its effects are undone. */
  | (Known & {
      readonly kind: 'undo';
      readonly applied: ProcessedConfig;
      readonly jobs: readonly PlannedJob[];
      readonly obsolete: readonly Job[];
    })
  /** The intent was removed, and nothing is left to undo. */
  | (Known & { readonly kind: 'forget'; readonly obsolete: readonly Job[] });

const nothing: Decision = { kind: 'nothing' };

/**
 * Decides what one resource needs now, from the store's content about it: the step that reads, resolves and maps. A
 * second decision without changes gives nothing. `again`: a failed version is planned once more.
 */
export function decide(context: DecideContext, path: string, again = false): Decision {
  const resource = context.resources.resolve(path);
  if (resource === null || resource.type.id === TEMPLATE_TYPE) return nothing;
  const view = context.resources.get(path);
  const queued = context.jobs.ofResource(path);
  if (view.config !== null) return decideIntent(context, { resource, view }, view.config, queued, again);
  if (view.processed !== null) return decideRemoval(context, { resource, view }, view.processed, queued);
  // Nothing was planned; a failure record about the resource has no further use.
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
  // A plan that fails with the present workers may need none of them.
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
  // The state of an older version in progress would be written after this one's.
  if (obsolete.length < queued.length) return { kind: 'postponed' };
  return plan.kind === 'read'
    ? { kind: 'read', ...known, config, obsolete }
    : { kind: 'refuse', ...known, config, action: plan.action, error: plan.error, obsolete };
}

/**
 * The decision for a config that was removed without a deletion mark: the effects of the config that was applied, or
 * begun, last are undone.
 */
function decideRemoval(
  context: DecideContext,
  known: Known,
  processed: Seen<ProcessedConfig>,
  queued: readonly Job[],
): Decision {
  const { resource, view } = known;
  const obsolete = obsoleteJobs(context, known, queued, !processed.value.deleted);
  // A job that a worker has begun ends before its effects are undone.
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
 * Returns the test for handlers that have nothing to undo and no worker: no worker has begun with their jobs. A handler
 * with a running worker is called all the same, because a store that lost its data doesn't tell what was built before.
 */
function unbegunOf(
  { jobs, hasWorker }: DecideContext,
  { view }: Known,
  queued: readonly Job[],
): (handler: string) => boolean {
  return (handler) => !hasWorker(handler) && isHandlerUnbegun(jobs, view, queued, handler);
}

/**
 * The jobs that leave the queue for the new plan: unclaimed ones for a handler that the type no longer names; and, if
 * nothing works on the resource any more, those that no worker has begun nor will begin.
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

/**
 * Whether all jobs in the queue are unclaimed, and at least one is for a handler that the catalogue no longer names for
 * its type.
 */
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

/** Whether the last plan was completed. If it wasn't, and nothing is in progress, it is planned again. */
function isAnswered({ state }: ResourceView, config: ConfigRecord): boolean {
  return state !== null && state.value.version === config.version;
}

/**
 * The config that is applied southbound: stored separately while a workflow is in progress, else the one that was
 * planned last.
 */
export function lastApplied({ applied, processed, state }: ResourceView): ProcessedConfig | null {
  if (applied !== null) return applied.value;
  if (processed === null || state === null || state.value.error !== '') return null;
  return state.value.version === processed.value.version ? processed.value : null;
}
