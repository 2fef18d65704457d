import type { ConfigRecord, ProcessedConfig } from '../records/config-record.ts';
import { sameBody } from '../records/config-record.ts';
import type { JobAction } from '../records/job.ts';
import { TEMPLATE_TYPE } from '../records/keys.ts';
import type { JobViews } from './job-view.ts';
import { type ConfigChange, type PlanContext, type PlannedJob, planChange } from './plan.ts';
import { pathKey, type ResourcePath, type ResourceView, type ResourceViews, type Seen } from './resource-view.ts';

/** What deciding knows. */
export interface DecideContext extends PlanContext {
  readonly resources: ResourceViews;
  readonly jobs: JobViews;
  /** Notes that `path` is to be looked at again when one of `awaits` ('type:id') changes. */
  readonly onUnresolved: (path: string, awaits: readonly string[]) => void;
}

/** A resource, and what was known of it. */
export interface Known {
  readonly resource: ResourcePath;
  readonly view: ResourceView;
}

/** What one resource needs. */
export type Decision =
  | { readonly kind: 'nothing' }
  /** An older version is still worked on; what there is to say about this one comes after that. */
  | { readonly kind: 'postponed' }
  /** The intent is read, and nothing works on it. */
  | (Known & { readonly kind: 'read'; readonly config: Seen<ConfigRecord> })
  | (Known & {
      readonly kind: 'refuse';
      readonly config: Seen<ConfigRecord>;
      readonly action: JobAction;
      readonly error: string;
    })
  | (Known & {
      readonly kind: 'work';
      readonly config: Seen<ConfigRecord>;
      readonly action: JobAction;
      readonly jobs: readonly PlannedJob[];
    })
  /** The intent was removed without a mark: what was built for it is undone. */
  | (Known & { readonly kind: 'undo'; readonly applied: ProcessedConfig; readonly jobs: readonly PlannedJob[] })
  /** The intent is gone, and nothing is left to undo. */
  | (Known & { readonly kind: 'forget'; readonly processed: Seen<ProcessedConfig> });

const nothing: Decision = { kind: 'nothing' };

/**
 * What one resource needs now, from what the store holds of it: the step that reads, resolves and maps. Asking again
 * when nothing changed gives nothing.
 */
export function decide(context: DecideContext, path: string): Decision {
  const resource = context.resources.resolve(path);
  if (resource === null || resource.type.id === TEMPLATE_TYPE) return nothing;
  const view = context.resources.get(path);
  const underWay = context.jobs.ofResource(path).length > 0;
  if (view.config !== null) return decideIntent(context, { resource, view }, view.config, underWay);
  if (view.processed === null || underWay) return nothing;
  return decideRemoval(context, { resource, view }, view.processed);
}

function decideIntent(context: DecideContext, known: Known, config: Seen<ConfigRecord>, underWay: boolean): Decision {
  const { resource, view } = known;
  if (isPlanned(view, config.value) && (underWay || isAnswered(view, config.value))) return nothing;
  const { body, version, markedForDeletion } = config.value;
  const previous = lastApplied(view)?.body ?? null;
  const attempted = view.processed?.value.body ?? null;
  const plan = planChange(context, { ...resource, version, body, previous, attempted, markedForDeletion });
  if (plan.kind === 'unresolved') context.onUnresolved(pathKey(resource.type.id, resource.id), plan.awaits);
  if (plan.kind === 'work') return { kind: 'work', ...known, config, action: plan.action, jobs: plan.jobs };
  // The state of an older version that is still worked on would come after this one's.
  if (underWay) return { kind: 'postponed' };
  return plan.kind === 'read'
    ? { kind: 'read', ...known, config }
    : { kind: 'refuse', ...known, config, action: plan.action, error: plan.error };
}

/** A config that was removed without a mark: what was built for it is undone, from what was applied, or begun, last. */
function decideRemoval(context: DecideContext, known: Known, processed: Seen<ProcessedConfig>): Decision {
  const { resource, view } = known;
  if (processed.value.deleted) return { kind: 'forget', ...known, processed };
  const applied = lastApplied(view) ?? processed.value;
  const { version, body } = applied;
  const attempted = processed.value.body;
  const change: ConfigChange = { ...resource, version, body, previous: body, attempted, markedForDeletion: true };
  const plan = planChange(context, change);
  return plan.kind === 'work'
    ? { kind: 'undo', ...known, applied, jobs: plan.jobs }
    : { kind: 'forget', ...known, processed };
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
