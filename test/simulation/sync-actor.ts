import type { ConfigEvent } from '../../src/database/database.ts';
import { errorText, isKamadoError } from '../../src/kernel/errors.ts';
import { sleep } from '../../src/kernel/runtime.ts';
import { keys, parseResourceKey } from '../../src/records/keys.ts';
import { decodeState } from '../../src/records/state-record.ts';
import { follow } from '../../src/store/follow.ts';
import { signed } from '../../src/store/signed.ts';
import { type KeyValue, type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';
import { encodeCursor, readCursor } from '../../src/sync/cursor.ts';
import { batchEvents, operationsOf } from '../../src/sync/event-batch.ts';
import { UnknownPast } from '../../src/sync/unknown-past.ts';
import { model } from './model.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { SystemOfRecord } from './system-of-record.ts';
import type { World } from './world.ts';

const LOOK_MS = 20;
const PAUSE_MS = 300;

/** What sync does: writes what changed to /config, each event once and in order, and applies what comes in /state. */
export function startSync(world: World, process: SimulatedProcess, link: Store, systemOfRecord: SystemOfRecord): void {
  const context = {
    runtime: process.runtime,
    store: signed(link, process.runtime, process.name),
    log: world.trace.logOf(process.name, () => {}),
  };
  const never = new AbortController().signal;
  const apply = (entry: KeyValue): void => {
    const resource = parseResourceKey(entry.key);
    const type = resource === null ? undefined : model.byUrl.get(resource.url);
    const record = decodeState(entry.value);
    if (resource !== null && type !== undefined && record !== null)
      systemOfRecord.applyState(type.id, resource.id, record);
  };
  let lists = 0;
  const follower = {
    onSnapshot: (entries: readonly KeyValue[]) => {
      entries.forEach(apply);
      lists++;
    },
    onEvents: (events: readonly StoreEvent[]) => {
      for (const event of events) if (event.type === 'put') apply(event.entry);
    },
  };
  const fatal = (error: unknown): void => world.scheduler.fail(error);
  writeEvents(context, systemOfRecord, () => lists).catch(fatal);
  follow(context, withPrefix('/state/'), follower, never).catch(fatal);
}

interface Context {
  readonly runtime: SimulatedProcess['runtime'];
  readonly store: Store;
}

function unknownPast({ runtime }: Pick<Context, 'runtime'>): UnknownPast {
  return new UnknownPast({ model, runtime }, new Map());
}

/** The store has gone back: of what is there, more may have been begun than it tells. */
async function noteLoss({ runtime, store }: Context, systemOfRecord: SystemOfRecord): Promise<void> {
  const notes = [...systemOfRecord.rows.values()].flatMap(({ type, id, version }) => {
    return unknownPast({ runtime }).noteOf({ type, resourceId: id, version });
  });
  if (notes.length > 0) await store.transact({ success: notes });
}

async function writeEvents(
  { runtime, store }: Context,
  systemOfRecord: SystemOfRecord,
  lists: () => number,
): Promise<never> {
  for (;;) {
    try {
      const before = lists();
      let cursor = await readCursor(store);
      if (cursor.sequence < systemOfRecord.mirrored) await noteLoss({ runtime, store }, systemOfRecord);
      // A list that is made again may be that of a store which has gone back, and with it the cursor.
      while (lists() === before) {
        const queue = systemOfRecord.events.slice(cursor.sequence);
        if (queue.length === 0) {
          await sleep(runtime, LOOK_MS);
          continue;
        }
        const past = cursor.sequence < systemOfRecord.mirrored ? unknownPast({ runtime }) : null;
        const writesOf = (event: ConfigEvent) => [...operationsOf(model, event), ...(past?.noteOf(event) ?? [])];
        const { events, operations } = batchEvents(queue, writesOf);
        const next = { sequence: cursor.sequence + events.length, events: [], catchingUp: false };
        const result = await store.transact({
          compare: [{ key: keys.syncCursor, target: 'modRevision', is: '=', value: cursor.modRevision }],
          success: [...operations, { type: 'put', key: keys.syncCursor, value: encodeCursor(next) }],
        });
        if (!result.succeeded) break;
        cursor = { ...next, modRevision: result.revision };
        systemOfRecord.mirrored = Math.max(systemOfRecord.mirrored, cursor.sequence);
      }
    } catch (error) {
      // Whether it was written is read from the cursor.
      if (!isKamadoError(error)) throw new Error(`sync: ${errorText(error)}`, { cause: error });
    }
    await sleep(runtime, runtime.randomInteger(PAUSE_MS));
  }
}
