import type { ResourceTimelineEntry, TimelineAction } from '../database/index.ts';
import { isJsonObject, parseJson } from '../kernel/index.ts';
import { keys, parseJobId, parseJobKey, parseResourceKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import type { StoreEvent } from '../store/index.ts';

/** The writers of unsigned changes: of a key that expired with its lease, and of one that another program wrote. */
const LEASE_WRITER = 'lease';
const OTHER_WRITER = 'unknown';

interface Signature {
  readonly writer: string;
  readonly timeMs: number;
}

/**
 * The changes of one revision that belong to resources, in the transaction's order, joined with their writer and time.
 * An unsigned deletion is the end of a lease.
 */
export function entriesOf(
  model: Model,
  events: readonly StoreEvent[],
  revision: number,
  nowMs: number,
): readonly ResourceTimelineEntry[] {
  const signature = signatureOf(events);
  return events.flatMap((event, place) => {
    const key = event.type === 'put' ? event.entry.key : event.key;
    const resource = resourceOf(model, key);
    if (resource === null) return [];
    const action = actionOf(event, signature);
    const unsigned = action === 'expire' ? LEASE_WRITER : OTHER_WRITER;
    return [
      {
        ...resource,
        place,
        revision,
        key,
        action,
        timeMs: signature?.timeMs ?? nowMs,
        writer: signature?.writer ?? unsigned,
        value: event.type === 'put' ? event.entry.value : '',
      },
    ];
  });
}

function actionOf(event: StoreEvent, signature: Signature | null): TimelineAction {
  if (event.type === 'put') return event.entry.version === 1 ? 'create' : 'update';
  return signature === null ? 'expire' : 'delete';
}

function signatureOf(events: readonly StoreEvent[]): Signature | null {
  for (const event of events) {
    if (event.type !== 'put' || !event.entry.key.startsWith(keys.writers)) continue;
    const value = parseJson(event.entry.value);
    if (!isJsonObject(value) || typeof value.writer !== 'string' || typeof value.timeMs !== 'number') continue;
    return { writer: value.writer, timeMs: value.timeMs };
  }
  return null;
}

/** The resource to which a key belongs, or null. */
function resourceOf(model: Model, key: string): { readonly type: string; readonly id: string } | null {
  const job = parseJobKey(key);
  if (job !== null) {
    const parts = parseJobId(job.jobId);
    return parts === null ? null : { type: parts.type, id: parts.resourceId };
  }
  const resource = parseResourceKey(key);
  const type = resource === null ? undefined : model.byUrl.get(resource.url);
  return resource === null || type === undefined ? null : { type: type.id, id: resource.id };
}
