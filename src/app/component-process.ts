import { loadCatalog } from '../catalog/index.ts';
import { openTimelineLog } from '../database/index.ts';
import { type LoadedHooks, nothingLoaded, openHookedDatabase } from '../hooks/index.ts';
import { kamadoError, limits, sleep } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';
import { givenToRooms, type HouseOptions, serveApi } from './application.ts';
import { controllerRoom, type Room, type RoomContext, syncRoom, timelineRoom, workerRoom } from './components.ts';
import { Parts } from './disposables.ts';
import { productOpeners } from './factories.ts';
import { followModel } from './published-model.ts';

/** The rooms that can run in a process of their own. */
export const roomNames = ['api', 'sync', 'controller', 'worker', 'timeline'] as const;
export type RoomName = (typeof roomNames)[number];

/**
 * Starts one room. The API reads the catalogue and publishes the model; the others take it from the store, wait for it,
 * and begin again when another one is published. Where a catalogue has hooks, sync needs the catalogue as well.
 * @throws USAGE where PostgreSQL or etcd isn't named: rooms in processes of their own meet only there
 */
export async function startRoomProcess(name: RoomName, options: HouseOptions): Promise<Room> {
  const { settings } = options;
  if (settings.etcd === null || settings.database.kind !== 'postgresql') {
    const reason = 'a room of its own needs --etcd and --database postgres://…';
    throw kamadoError('USAGE', { reason });
  }
  const parts = new Parts(options.runtime);
  try {
    const store = parts.keep(await (options.openers ?? productOpeners).store(options));
    parts.keep(name === 'api' ? await startApiProcess(options, store) : startFollowing(name, options, store));
    return parts;
  } catch (error) {
    await parts.close();
    throw error;
  }
}

async function startApiProcess(options: HouseOptions, store: Store): Promise<Room> {
  const parts = new Parts(options.runtime);
  try {
    await serveApi(options, async () => store, parts);
    return parts;
  } catch (error) {
    await parts.close();
    throw error;
  }
}

/** Runs a room on the published model, one generation after the other. */
function startFollowing(name: Exclude<RoomName, 'api'>, options: HouseOptions, store: Store): Room {
  const { runtime, log, onFatal } = options;
  const closing = new AbortController();
  let current: Promise<Room | null> = Promise.resolve(null);
  const begin = (model: Model, hooks: string | null): void => {
    current = current.then(async (previous) => {
      await previous?.close();
      if (closing.signal.aborted) return null;
      log.info({ room: name, model: model.hash }, 'The room starts.');
      return await startRoom(name, options, { ...givenToRooms(options), model, store }, hooks);
    });
    current.catch(onFatal);
  };
  const following = followModel({ runtime, log, store }, begin, closing.signal);
  following.catch(onFatal);
  return {
    close: async () => {
      closing.abort();
      await following;
      // One that is still starting waits for something, and is of no use any more.
      await Promise.race([current.then((room) => room?.close()), sleep(runtime, limits.closeInOrderMs)]);
    },
  };
}

async function startRoom(
  name: Exclude<RoomName, 'api'>,
  options: HouseOptions,
  context: RoomContext,
  publishedHooks: string | null,
): Promise<Room> {
  const { openers = productOpeners } = options;
  switch (name) {
    case 'controller':
      return controllerRoom(context);
    case 'worker': {
      const stacks = await openers.stacks(options);
      const room = workerRoom(context, stacks);
      return stacks === null ? room : onTopOf(options, room, stacks);
    }
    case 'sync': {
      const hooks = await sameHooks(options, publishedHooks);
      const database = await openHookedDatabase(context, hooks, await openers.truth(options));
      return onTopOf(options, syncRoom(context, database), database);
    }
    case 'timeline': {
      const timeline = await openTimelineLog(await openers.timeline(options));
      return onTopOf(options, timelineRoom(context, timeline), timeline);
    }
  }
}

/**
 * The hooks that the API serves, from the catalogue of this process: states are applied here, and have hooks too.
 * @throws HOOKS_MISSING where the catalogue has others
 */
async function sameHooks({ settings }: HouseOptions, published: string | null): Promise<LoadedHooks> {
  if (published === null) return nothingLoaded;
  const { hooks } = await loadCatalog(settings.catalog);
  if (hooks.hash === published) return hooks;
  const found = hooks.hash === null ? 'none' : 'others';
  throw kamadoError('HOOKS_MISSING', { catalog: settings.catalog, found });
}

function onTopOf({ runtime }: HouseOptions, room: Room, base: Room): Room {
  const parts = new Parts(runtime);
  parts.keep(base);
  parts.keep(room);
  return parts;
}
