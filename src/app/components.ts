import { startController } from '../controller/index.ts';
import type { Database, TimelineLog } from '../database/index.ts';
import type { Log, Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { StackEngine } from '../southbound/stack/index.ts';
import { type Store, signed } from '../store/index.ts';
import { startSync } from '../sync/index.ts';
import { startTimeline } from '../timeline/index.ts';
import {
  type Handler,
  HEAT_WORKER,
  heatWorker,
  monitoringWorker,
  startPresence,
  startWorker,
} from '../worker/index.ts';

/** Something that runs until it is closed. */
export interface Closable {
  readonly close: () => Promise<void>;
}

/** The context with which components are started. */
export interface ComponentContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  /** Called with an error that no retry can correct; the process then ends. */
  readonly onFatal: (error: unknown) => void;
  /** Aborts when the process is about to end because something failed in it. */
  readonly failing?: AbortSignal;
  /** Handlers of this process besides those that ship. */
  readonly handlers?: readonly Handler[];
}

/** Starts the sync component. */
export function syncComponent(context: ComponentContext, database: Database): Closable {
  return startSync({ ...contextOf(context, 'sync'), database }, context.onFatal);
}

/** Starts the controller component. */
export function controllerComponent(context: ComponentContext): Closable {
  return startController(contextOf(context, 'controller'), context.onFatal);
}

/** Starts the worker component; without a stack engine it claims no jobs about stacks. */
export function workerComponent(context: ComponentContext, stacks: StackEngine | null): Closable {
  const asksForStacks = [...context.model.types.values()].some(({ handlers }) => {
    return handlers.some(({ handler }) => handler === HEAT_WORKER);
  });
  if (stacks === null && asksForStacks) {
    context.log.warn({ component: 'worker' }, 'No cloud is named (OS_*): stacks wait for a worker that has one.');
  }
  const { failing, handlers: others = [] } = context;
  const heat = stacks === null ? [] : [heatWorker(context.runtime, stacks)];
  const handlers = [monitoringWorker, ...heat, ...others];
  const own = { ...contextOf(context, 'worker'), handlers, ...(failing !== undefined && { failing }) };
  const presence = startPresence(own);
  const worker = startWorker(own);
  return {
    close: async () => {
      await Promise.all([presence.close(), worker.close()]);
    },
  };
}

/** Starts the timeline component. */
export function timelineComponent(context: ComponentContext, timeline: TimelineLog): Closable {
  return startTimeline({ ...contextOf(context, 'timeline'), timeline });
}

function contextOf({ runtime, log, model, store }: ComponentContext, component: string) {
  return { runtime, model, log: log.child({ component }), store: signed(store, runtime, component) };
}
