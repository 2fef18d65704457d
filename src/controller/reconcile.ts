import { errorText, isKamadoError, type KamadoError } from '../kernel/index.ts';
import {
  type ConfigRecord,
  encodeFailure,
  encodeProcessed,
  encodeState,
  failedState,
  failureKey,
  type Job,
  outputsMarkKey,
  readComplete,
  resourceKey,
  type StateRecord,
} from '../records/index.ts';
import type { Compare, Operation } from '../store/index.ts';
import { type DecideContext, type Decision, decide, type Known, lastApplied } from './decide.ts';
import { enqueue, removal } from './enqueue.ts';
import type { JobViews } from './job-view.ts';
import { isWholeInQueue } from './never-begun.ts';
import { pathKey, type ResourcePath, type ResourceView } from './resource-view.ts';
import { endWorkflow } from './settle.ts';
import { unclaimed } from './workflow.ts';
import type { Writes } from './writes.ts';

/** The knowledge for reconciling. */
export interface ReconcileContext extends DecideContext {
  readonly randomInteger: (below: number) => number;
  /** The wall clock, in milliseconds since the epoch. */
  readonly nowMs: () => number;
}

const nothing: Writes = { compare: [], operations: [] };

/**
 * Returns the writes that one resource needs now: its intent is read and answered, or planned as jobs, or its traces
 * are removed. A second call without changes gives nothing.
 */
export function reconcile(context: ReconcileContext, path: string, again = false): Writes {
  return writesOf(context, decide(context, path, again));
}

/** Returns the writes of a decision: the step that queues. */
export function writesOf(context: ReconcileContext, decision: Decision): Writes {
  switch (decision.kind) {
    case 'nothing':
    case 'postponed':
      return nothing;
    case 'read': {
      const { resource, config } = decision;
      const state = putState(resource, readComplete(config.value.version));
      return withoutObsolete(context.jobs, decision, {
        compare: [isUnchanged(decision)],
        operations: [state, putProcessed(resource, config.value)],
      });
    }
    case 'refuse': {
      const record = failedState(decision.action, decision.config.value.version, decision.error);
      return withoutObsolete(context.jobs, decision, report(decision, record));
    }
    case 'work':
      return queue(context, decision);
    case 'undo':
      return undo(context, decision);
    case 'forget':
      return withoutObsolete(context.jobs, decision, forget(decision));
  }
}

/** Adds the removal of unclaimed jobs that aren't needed any more. */
function withoutObsolete(
  views: JobViews,
  decision: Known & { readonly obsolete: readonly Job[] },
  writes: Writes,
): Writes {
  const { obsolete, resource } = decision;
  if (obsolete.length === 0) return writes;
  const jobState = resourceKey('jobState', resource.type.url, resource.id);
  const isLeft = writes.operations.some(
    (operation) => operation.type === 'delete' && operation.range.from === jobState,
  );
  return {
    compare: [...writes.compare, ...obsolete.flatMap((job) => unclaimed(views, job))],
    operations: [
      ...writes.operations,
      ...obsolete.flatMap((job) => removal(views, job)),
      ...(isLeft ? [] : [{ type: 'delete', range: { from: jobState } } as const]),
    ],
  };
}

function queue(context: ReconcileContext, decision: Extract<Decision, { readonly kind: 'work' }>): Writes {
  const { resource, view, config, action, jobs, undoesEarlier, obsolete } = decision;
  try {
    const queued = enqueue(context.jobs, jobs, context.randomInteger, obsolete);
    return {
      compare: [isUnchanged(decision), ...queued.compare],
      operations: [
        ...keepApplied(decision, undoesEarlier ? view.processed : null),
        ...notePast(context, decision),
        putProcessed(resource, config.value),
        ...queued.operations,
      ],
    };
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    if (isKamadoError(error, 'JOB_OBSOLETE')) return endObsolete(context, decision, error);
    return report(decision, failedState(action, config.value.version, errorText(error)));
  }
}

/**
 * Keeps the applied config until the new workflow has succeeded; then the planned config is the applied one. If none was
 * applied, keeps `begun`, the config whose jobs the new workflow undoes: an undo that fails is planned again from it.
 */
function keepApplied(
  { resource: { type, id }, view }: Known,
  begun: ResourceView['processed'] = null,
): readonly Operation[] {
  const previous = lastApplied(view) ?? begun?.value ?? null;
  if (previous === null || view.applied !== null) return [];
  return [{ type: 'put', key: resourceKey('applied', type.url, id), value: encodeProcessed(previous) }];
}

/**
 * Records what neither the queue nor the state will tell: whether something was begun before, which must be undone one
 * day.
 */
function notePast(context: ReconcileContext, { resource, view, config }: Extract<Decision, { readonly kind: 'work' }>) {
  const path = pathKey(resource.type.id, resource.id);
  const isFirst = view.processed === null && view.applied === null && view.state === null;
  const isClean = isWholeInQueue(view, context.jobs.ofResource(path));
  // A state with an error would be taken for one that comes from a worker.
  const isKnown = isFirst || (isClean && (view.state === null || view.state.value.error === ''));
  if (view.failure !== null || isKnown) return [];
  const past = { jobId: '', version: config.value.version, atMs: context.nowMs(), begun: !isClean };
  return [{ type: 'put', key: failureKey(path), value: encodeFailure(past) } as const];
}

function report(decision: Extract<Decision, { readonly kind: 'refuse' | 'work' }>, record: StateRecord): Writes {
  const known = decision.view.state?.value;
  if (known !== undefined && known.version === record.version && known.error === record.error) return nothing;
  const operations = [...keepApplied(decision), putState(decision.resource, record)];
  return { compare: [isUnchanged(decision)], operations };
}

function undo(context: ReconcileContext, decision: Extract<Decision, { readonly kind: 'undo' }>): Writes {
  const { resource, applied, jobs, obsolete } = decision;
  try {
    const queued = enqueue(context.jobs, jobs, context.randomInteger, obsolete);
    const { version, body } = applied;
    return {
      compare: [...queued.compare, isRemoved(resource)],
      operations: [putProcessed(resource, { version, body, markedForDeletion: true }), ...queued.operations],
    };
  } catch (error) {
    if (!isKamadoError(error, 'JOB_OBSOLETE')) throw error;
    return endObsolete(context, decision, error);
  }
}

/** Ends obsolete jobs with an error if more jobs wait for them than can be repointed at once. */
function endObsolete(
  context: ReconcileContext,
  { obsolete }: Extract<Decision, { readonly kind: 'work' | 'undo' }>,
  error: KamadoError,
): Writes {
  return endWorkflow({ ...context, views: context.jobs }, obsolete, errorText(error));
}

/** The records about the resource are deleted too. */
function forget({ resource, view }: Extract<Decision, { readonly kind: 'forget' }>): Writes {
  const { type, id } = resource;
  const failure = failureKey(pathKey(type.id, id));
  const families = ['processed', 'applied', 'heatStack', 'jobState', 'state'] as const;
  const key = resourceKey('processed', type.url, id);
  const revision = view.processed?.entry.modRevision ?? 0;
  return {
    compare: [{ key, target: 'modRevision', is: '=', value: revision }, isRemoved(resource)],
    operations: [
      ...families.map((family) => resourceKey(family, type.url, id)),
      outputsMarkKey(type.url, id),
      ...(view.failure === null ? [] : [failure]),
    ].map((from) => ({ type: 'delete', range: { from } })),
  };
}

function isUnchanged({ resource: { type, id }, config }: Extract<Decision, { readonly config: unknown }>): Compare {
  const key = resourceKey('config', type.url, id);
  return { key, target: 'modRevision', is: '=', value: config.entry.modRevision };
}

function isRemoved({ type, id }: ResourcePath): Compare {
  return { key: resourceKey('config', type.url, id), target: 'createRevision', is: '=', value: 0 };
}

function putState({ type, id }: ResourcePath, record: StateRecord): Operation {
  return { type: 'put', key: resourceKey('state', type.url, id), value: encodeState(record) };
}

function putProcessed({ type, id }: ResourcePath, { body, version, markedForDeletion }: ConfigRecord): Operation {
  const value = encodeProcessed({ body, version, deleted: markedForDeletion });
  return { type: 'put', key: resourceKey('processed', type.url, id), value };
}
