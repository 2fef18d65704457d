import type { ConfigEvent } from '../database/index.ts';
import { limits } from '../kernel/index.ts';
import { encodeConfig, resourceKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import type { Operation } from '../store/index.ts';

/** The first events of a queue, as many as fit into one transaction. */
export interface EventBatch {
  readonly events: readonly ConfigEvent[];
  readonly operations: readonly Operation[];
}

/** The operations that the cursor and the writer's key need. */
const RESERVED_OPERATIONS = 2;

/**
 * Takes events from the front: up to the limits of a transaction, and only one for each resource and key, since a
 * transaction can write a key only once and the store must contain every version in turn. `writesOf` returns the writes
 * of an event.
 */
export function batchEvents(
  queue: readonly ConfigEvent[],
  writesOf: (event: ConfigEvent) => readonly Operation[],
): EventBatch {
  const events: ConfigEvent[] = [];
  const operations: Operation[] = [];
  const taken = new Set<string>();
  let bytes = 0;
  for (const event of queue) {
    const resource = `${event.type}:${event.resourceId}`;
    const next = writesOf(event);
    bytes += next.reduce((sum, operation) => sum + sizeOf(operation), 0);
    const full =
      events.length >= limits.syncBatchPuts ||
      operations.length + next.length > limits.transactionOperations - RESERVED_OPERATIONS ||
      bytes > limits.transactionBytes / 2;
    const writes = [resource, ...next.map(keyOf)];
    if (writes.some((one) => taken.has(one)) || (full && events.length > 0)) break;
    for (const one of writes) taken.add(one);
    events.push(event);
    operations.push(...next);
  }
  return { events, operations };
}

/** Returns the writes of an event. */
export function operationsOf(model: Model, event: ConfigEvent): readonly Operation[] {
  if (event.key !== null) {
    const { key, body: value } = event;
    return [event.action === 'put' ? { type: 'put', key, value } : { type: 'delete', range: { from: key } }];
  }
  const url = model.types.get(event.type)?.url;
  // A type that is no longer served has no keys to write.
  if (url === undefined) return [];
  const key = resourceKey('config', url, event.resourceId);
  if (event.action === 'put') {
    return [{ type: 'put', key, value: encodeConfig(event.body, event.version, event.markedForDeletion) }];
  }
  return [
    { type: 'delete', range: { from: key } },
    { type: 'delete', range: { from: resourceKey('state', url, event.resourceId) } },
    { type: 'delete', range: { from: resourceKey('monitoring', url, event.resourceId) } },
  ];
}

function keyOf(operation: Operation): string {
  return operation.type === 'put' ? operation.key : operation.range.from;
}

function sizeOf(operation: Operation): number {
  return operation.type === 'put' ? operation.key.length + Buffer.byteLength(operation.value) : 0;
}
