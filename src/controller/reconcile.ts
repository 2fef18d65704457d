import { errorText, isKamadoError } from '../kernel/errors.ts';
import { type ConfigRecord, encodeProcessed, type ProcessedConfig, sameBody } from '../records/config-record.ts';
import { resourceKey, TEMPLATE_TYPE } from '../records/keys.ts';
import { encodeState, failedState, readComplete, type StateRecord } from '../records/state-record.ts';
import type { Compare, Operation } from '../store/store.ts';
import { enqueue, type Writes } from './enqueue.ts';
import type { JobViews } from './job-view.ts';
import { type ConfigChange, type PlanContext, planChange } from './plan.ts';
import { pathKey, type ResourcePath, type ResourceView, type ResourceViews, type Seen } from './resource-view.ts';

/** What reconciling knows. */
export interface ReconcileContext extends PlanContext {
  readonly resources: ResourceViews;
  readonly jobs: JobViews;
  readonly randomInteger: (below: number) => number;
  /** Notes that `path` is to be looked at again when one of `awaits` ('type:id') changes. */
  readonly onUnresolved: (path: string, awaits: readonly string[]) => void;
}

const nothing: Writes = { compare: [], operations: [] };

/**
 * What one resource needs now, from what the store holds of it: its intent read and answered, or planned as jobs, or
 * its traces removed. Asking again when nothing changed gives nothing.
 */
export function reconcile(context: ReconcileContext, path: string): Writes {
  const resource = context.resources.resolve(path);
  if (resource === null || resource.type.id === TEMPLATE_TYPE) return nothing;
  const view = context.resources.get(path);
  return view.config === null ? forget(context, resource, view) : answer(context, resource, view, view.config);
}

function answer(
  context: ReconcileContext,
  resource: ResourcePath,
  view: ResourceView,
  config: Seen<ConfigRecord>,
): Writes {
  const { type, id } = resource;
  const underWay = context.jobs.ofResource(pathKey(type.id, id)).length > 0;
  if (isPlanned(view, config.value) && (underWay || isAnswered(view, config.value))) return nothing;
  const previous = lastApplied(view);
  const change: ConfigChange = {
    type,
    id,
    version: config.value.version,
    body: config.value.body,
    previous: previous?.body ?? null,
    markedForDeletion: config.value.markedForDeletion,
  };
  const compare = [unchanged(resourceKey('config', type.url, id), config.entry.modRevision)];
  const plan = planChange(context, change);
  if (plan.kind === 'unresolved') context.onUnresolved(pathKey(type.id, id), plan.awaits);
  // The state of an older version that is still worked on would come after this one's.
  if (plan.kind !== 'work' && underWay) return nothing;
  switch (plan.kind) {
    case 'read':
      return {
        compare,
        operations: [putState(resource, readComplete(change.version)), putProcessed(resource, config.value)],
      };
    case 'unresolved':
      return reportError(resource, view, compare, failedState(plan.action, change.version, plan.error));
    case 'work': {
      try {
        const queued = enqueue(context.jobs, plan.jobs, context.randomInteger);
        return {
          compare: [...compare, ...queued.compare],
          operations: [
            ...keepApplied(resource, view, previous),
            putProcessed(resource, config.value),
            ...queued.operations,
          ],
        };
      } catch (error) {
        if (!isKamadoError(error)) throw error;
        return reportError(resource, view, compare, failedState(plan.action, change.version, errorText(error)));
      }
    }
  }
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
function lastApplied({ applied, processed, state }: ResourceView): ProcessedConfig | null {
  if (applied !== null) return applied.value;
  if (processed === null || state === null || state.value.error !== '') return null;
  return state.value.version === processed.value.version ? processed.value : null;
}

/** Keeps what was applied until the new workflow has succeeded; then what was planned is what is applied. */
function keepApplied(
  { type, id }: ResourcePath,
  view: ResourceView,
  previous: ProcessedConfig | null,
): readonly Operation[] {
  if (previous === null || view.applied !== null) return [];
  return [{ type: 'put', key: resourceKey('applied', type.url, id), value: encodeProcessed(previous) }];
}

function reportError(
  resource: ResourcePath,
  view: ResourceView,
  compare: readonly Compare[],
  record: StateRecord,
): Writes {
  const known = view.state?.value;
  if (known !== undefined && known.version === record.version && known.error === record.error) return nothing;
  return { compare, operations: [...keepApplied(resource, view, lastApplied(view)), putState(resource, record)] };
}

/** The config is gone: what was kept about the resource goes too, once no job of it is left. */
function forget(context: ReconcileContext, resource: ResourcePath, view: ResourceView): Writes {
  const { type, id } = resource;
  if (view.processed === null || context.jobs.ofResource(pathKey(type.id, id)).length > 0) return nothing;
  const undoing = view.processed.value.deleted ? nothing : undo(context, resource, view, view.processed.value);
  if (undoing.operations.length > 0) return undoing;
  const families = ['processed', 'applied', 'heatStack', 'jobState', 'state'] as const;
  return {
    compare: [
      unchanged(resourceKey('processed', type.url, id), view.processed.entry.modRevision),
      { key: resourceKey('config', type.url, id), target: 'createRevision', is: '=', value: 0 },
    ],
    operations: families.map((family) => ({ type: 'delete', range: { from: resourceKey(family, type.url, id) } })),
  };
}

/** A config that was removed without a mark: what was built for it is undone, from what was applied last. */
function undo(
  context: ReconcileContext,
  resource: ResourcePath,
  view: ResourceView,
  processed: ProcessedConfig,
): Writes {
  const applied = lastApplied(view) ?? processed;
  const { type, id } = resource;
  const { version, body } = applied;
  const change: ConfigChange = { type, id, version, body, previous: body, markedForDeletion: true };
  const plan = planChange(context, change);
  if (plan.kind !== 'work') return nothing;
  const queued = enqueue(context.jobs, plan.jobs, context.randomInteger);
  return {
    compare: [
      ...queued.compare,
      { key: resourceKey('config', type.url, id), target: 'createRevision', is: '=', value: 0 },
    ],
    operations: [putProcessed(resource, { version, body, markedForDeletion: true }), ...queued.operations],
  };
}

function unchanged(key: string, modRevision: number): Compare {
  return { key, target: 'modRevision', is: '=', value: modRevision };
}

function putState({ type, id }: ResourcePath, record: StateRecord): Operation {
  return { type: 'put', key: resourceKey('state', type.url, id), value: encodeState(record) };
}

function putProcessed({ type, id }: ResourcePath, { body, version, markedForDeletion }: ConfigRecord): Operation {
  const value = encodeProcessed({ body, version, deleted: markedForDeletion });
  return { type: 'put', key: resourceKey('processed', type.url, id), value };
}
