import { errorText, isKamadoError } from '../kernel/errors.ts';
import { type ConfigRecord, encodeProcessed } from '../records/config-record.ts';
import { resourceKey } from '../records/keys.ts';
import { outputsMarkKey } from '../records/secret-marks.ts';
import { encodeState, failedState, readComplete, type StateRecord } from '../records/state-record.ts';
import type { Compare, Operation } from '../store/store.ts';
import { type DecideContext, type Decision, decide, type Known, lastApplied } from './decide.ts';
import { enqueue, type Writes } from './enqueue.ts';
import type { ResourcePath } from './resource-view.ts';

/** What reconciling knows. */
export interface ReconcileContext extends DecideContext {
  readonly randomInteger: (below: number) => number;
}

const nothing: Writes = { compare: [], operations: [] };

/**
 * What one resource needs now: its intent read and answered, or planned as jobs, or its traces removed. Asking again
 * when nothing changed gives nothing.
 */
export function reconcile(context: ReconcileContext, path: string): Writes {
  return writesOf(context, decide(context, path));
}

/** What a decision writes: the step that queues. */
export function writesOf(context: ReconcileContext, decision: Decision): Writes {
  switch (decision.kind) {
    case 'nothing':
    case 'postponed':
      return nothing;
    case 'read': {
      const { resource, config } = decision;
      const state = putState(resource, readComplete(config.value.version));
      return { compare: [isUnchanged(decision)], operations: [state, putProcessed(resource, config.value)] };
    }
    case 'refuse':
      return report(decision, failedState(decision.action, decision.config.value.version, decision.error));
    case 'work':
      return queue(context, decision);
    case 'undo':
      return undo(context, decision);
    case 'forget':
      return forget(decision);
  }
}

function queue(context: ReconcileContext, decision: Extract<Decision, { readonly kind: 'work' }>): Writes {
  const { resource, config, action, jobs } = decision;
  try {
    const queued = enqueue(context.jobs, jobs, context.randomInteger);
    return {
      compare: [isUnchanged(decision), ...queued.compare],
      operations: [...keepApplied(decision), putProcessed(resource, config.value), ...queued.operations],
    };
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    return report(decision, failedState(action, config.value.version, errorText(error)));
  }
}

/** Keeps what was applied until the new workflow has succeeded; then what was planned is what is applied. */
function keepApplied({ resource: { type, id }, view }: Known): readonly Operation[] {
  const previous = lastApplied(view);
  if (previous === null || view.applied !== null) return [];
  return [{ type: 'put', key: resourceKey('applied', type.url, id), value: encodeProcessed(previous) }];
}

function report(decision: Extract<Decision, { readonly kind: 'refuse' | 'work' }>, record: StateRecord): Writes {
  const known = decision.view.state?.value;
  if (known !== undefined && known.version === record.version && known.error === record.error) return nothing;
  const operations = [...keepApplied(decision), putState(decision.resource, record)];
  return { compare: [isUnchanged(decision)], operations };
}

function undo(context: ReconcileContext, decision: Extract<Decision, { readonly kind: 'undo' }>): Writes {
  const { resource, applied, jobs } = decision;
  const queued = enqueue(context.jobs, jobs, context.randomInteger);
  const { version, body } = applied;
  return {
    compare: [...queued.compare, isRemoved(resource)],
    operations: [putProcessed(resource, { version, body, markedForDeletion: true }), ...queued.operations],
  };
}

/** What was kept about the resource goes too. */
function forget({ resource, processed }: Extract<Decision, { readonly kind: 'forget' }>): Writes {
  const { type, id } = resource;
  const families = ['processed', 'applied', 'heatStack', 'jobState', 'state'] as const;
  const key = resourceKey('processed', type.url, id);
  return {
    compare: [{ key, target: 'modRevision', is: '=', value: processed.entry.modRevision }, isRemoved(resource)],
    operations: [...families.map((family) => resourceKey(family, type.url, id)), outputsMarkKey(type.url, id)].map(
      (from) => ({ type: 'delete', range: { from } }),
    ),
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
