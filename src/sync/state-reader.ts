import { isKamadoError, isRetryable, KeyedQueue, limits, warnUnlessFull } from '../kernel/index.ts';
import { decodeMonitoring, decodeState, familyPrefix, parseResourceKey } from '../records/index.ts';
import { follow, type KeyValue, type StoreEvent, type Term, withPrefix } from '../store/index.ts';
import type { SyncContext } from './sync-context.ts';

/**
 * Applies /state and /monitoring to the database, for a term. At its start all entries of the store are applied; those
 * that were applied already change nothing.
 */
export async function applyStates(context: SyncContext, term: Term): Promise<void> {
  const { log } = context;
  const latest = new Map<string, string>();
  const queue = new KeyedQueue({
    runtime: context.runtime,
    concurrency: limits.stateConcurrency,
    work: async (key) => {
      const value = latest.get(key);
      if (value !== undefined && !term.ended.aborted) await apply(context, key, value);
      if (latest.get(key) === value) latest.delete(key);
    },
    onError: (key, error) => {
      warnUnlessFull(log, error, { key }, 'A state could not be applied.');
      if (isRetryable(error)) return limits.reconnectLongestMs;
      // The effects of a state can be refused, by a hook or because of other rows; until that is corrected, the state
      // exists only in the store, and is tried again.
      if (isKamadoError(error)) return limits.stateRetryMs;
      latest.delete(key);
      return null;
    },
  });
  const see = (key: string, value: string): void => {
    latest.set(key, value);
    queue.push(key);
  };
  const follower = {
    onSnapshot: (entries: readonly KeyValue[]) => {
      for (const entry of entries) see(entry.key, entry.value);
    },
    onEvents: (events: readonly StoreEvent[]) => {
      for (const event of events) if (event.type === 'put') see(event.entry.key, event.entry.value);
    },
  };
  await Promise.all([
    follow(context, withPrefix(familyPrefix('state')), follower, term.ended),
    follow(context, withPrefix(familyPrefix('monitoring')), follower, term.ended),
  ]);
  await queue.close();
}

async function apply({ database, model, log }: SyncContext, key: string, value: string): Promise<void> {
  const resource = parseResourceKey(key);
  const type = resource === null ? undefined : model.byUrl.get(resource.url);
  // The controller also writes states of types without versions, which have no effect here.
  if (resource === null || type === undefined || !type.versioned) return;
  const { id } = resource;
  if (resource.family === 'state') {
    const record = decodeState(value);
    const outcome = record === null ? 'refused' : await database.applyState(type.id, id, record);
    if (outcome === 'refused') log.warn({ key }, 'A state was refused: no such version of the resource.');
    return;
  }
  const record = decodeMonitoring(value);
  const outcome =
    record === null ? 'refused' : await database.applyMonitoring(type.id, id, record.version, record.fields);
  if (outcome === 'refused') log.warn({ key }, 'Monitoring was refused: no such version of the resource.');
}
