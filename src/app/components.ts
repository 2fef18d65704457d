import { startController } from '../controller/controller.ts';
import type { Database } from '../database/database.ts';
import type { TimelineLog } from '../database/timeline-log.ts';
import type { Log } from '../kernel/log.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Model } from '../schema/model.ts';
import type { HandlerRecord } from '../records/handler-record.ts';
import type { StackEngine } from '../southbound/stack/stack.ts';
import { signed } from '../store/signed.ts';
import type { Store } from '../store/store.ts';
import { startSync } from '../sync/sync.ts';
import { startTimeline } from '../timeline/timeline.ts';
import type { Handler } from '../worker/handler.ts';
import { HEAT_WORKER, heatDeclaration, heatWorker } from '../worker/heat/heat-worker.ts';
import { monitoringWorker } from '../worker/monitoring/monitoring-worker.ts';
import { startPresence } from '../worker/presence.ts';
import { startWorker } from '../worker/worker.ts';

/** Something that runs until it is closed. */
export interface Room {
  readonly close: () => Promise<void>;
}

/** What rooms are started with. */
export interface RoomContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  /** Hears what no retry can mend; the process then ends. */
  readonly onFatal: (error: unknown) => void;
  /** Aborts when the process is about to end because something failed in it. */
  readonly failing?: AbortSignal;
  /** Handlers of this process besides those that ship. */
  readonly handlers?: readonly Handler[];
}

/** What the handlers that ship declare. */
export const shippedHandlers: readonly HandlerRecord[] = [
  { handler: monitoringWorker.name, canModify: monitoringWorker.canModify },
  heatDeclaration,
];

/** Starts a sync room. */
export function syncRoom(context: RoomContext, database: Database): Room {
  return startSync({ ...parts(context, 'sync'), database }, context.onFatal);
}

/** Starts a controller room. */
export function controllerRoom(context: RoomContext): Room {
  return startController(parts(context, 'controller'), context.onFatal);
}

/** Starts a worker room; without an engine it takes no jobs about stacks. */
export function workerRoom(context: RoomContext, stacks: StackEngine | null): Room {
  const asksForStacks = [...context.model.types.values()].some(({ handlers }) => {
    return handlers.some(({ handler }) => handler === HEAT_WORKER);
  });
  if (stacks === null && asksForStacks) {
    context.log.warn({ room: 'worker' }, 'No cloud is named (OS_*): stacks wait for a worker that has one.');
  }
  const { failing, handlers: others = [] } = context;
  const heat = stacks === null ? [] : [heatWorker(context.runtime, stacks)];
  const handlers = [monitoringWorker, ...heat, ...others];
  const own = { ...parts(context, 'worker'), handlers, ...(failing !== undefined && { failing }) };
  const presence = startPresence(own);
  const worker = startWorker(own);
  return {
    close: async () => {
      await Promise.all([presence.close(), worker.close()]);
    },
  };
}

/** Starts a timeline room. */
export function timelineRoom(context: RoomContext, timeline: TimelineLog): Room {
  return startTimeline({ ...parts(context, 'timeline'), timeline });
}

function parts({ runtime, log, model, store }: RoomContext, room: string) {
  return { runtime, model, log: log.child({ room }), store: signed(store, runtime, room) };
}
