import { loadCatalog } from '../catalog/index.ts';
import { openTimelineLog } from '../database/index.ts';
import { type LoadedHooks, nothingLoaded, openHookedDatabase } from '../hooks/index.ts';
import { kamadoError, limits, sleep } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';
import { type ApplicationOptions, componentOptions, serveApi } from './application.ts';
import {
  type Closable,
  type ComponentContext,
  controllerComponent,
  syncComponent,
  timelineComponent,
  workerComponent,
} from './components.ts';
import { Disposables } from './disposables.ts';
import { productFactories } from './factories.ts';
import { followModel } from './published-model.ts';

/** The rooms that can run in a process of their own. */
export const componentNames = ['api', 'sync', 'controller', 'worker', 'timeline'] as const;
export type ComponentName = (typeof componentNames)[number];

/**
 * Starts one room. The API reads the catalogue and publishes the model; the others take it from the store, wait for it,
 * and begin again when another one is published. Where a catalogue has hooks, sync needs the catalogue as well.
 * @throws USAGE where PostgreSQL or etcd isn't named: rooms in processes of their own meet only there
 */
export async function startComponentProcess(name: ComponentName, options: ApplicationOptions): Promise<Closable> {
  const { settings } = options;
  if (settings.etcd === null || settings.database.kind !== 'postgresql') {
    const reason = 'a room of its own needs --etcd and --database postgres://…';
    throw kamadoError('USAGE', { reason });
  }
  const disposables = new Disposables(options.runtime);
  try {
    const store = disposables.keep(await (options.factories ?? productFactories).store(options));
    disposables.keep(name === 'api' ? await startApiProcess(options, store) : startFollowing(name, options, store));
    return disposables;
  } catch (error) {
    await disposables.close();
    throw error;
  }
}

async function startApiProcess(options: ApplicationOptions, store: Store): Promise<Closable> {
  const disposables = new Disposables(options.runtime);
  try {
    await serveApi(options, async () => store, disposables);
    return disposables;
  } catch (error) {
    await disposables.close();
    throw error;
  }
}

/** Runs a room on the published model, one generation after the other. */
function startFollowing(name: Exclude<ComponentName, 'api'>, options: ApplicationOptions, store: Store): Closable {
  const { runtime, log, onFatal } = options;
  const closing = new AbortController();
  let current: Promise<Closable | null> = Promise.resolve(null);
  const begin = (model: Model, hooks: string | null): void => {
    current = current.then(async (previous) => {
      await previous?.close();
      if (closing.signal.aborted) return null;
      log.info({ component: name, model: model.hash }, 'The room starts.');
      return await startComponent(name, options, { ...componentOptions(options), model, store }, hooks);
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
      await Promise.race([current.then((component) => component?.close()), sleep(runtime, limits.closeInOrderMs)]);
    },
  };
}

async function startComponent(
  name: Exclude<ComponentName, 'api'>,
  options: ApplicationOptions,
  context: ComponentContext,
  publishedHooks: string | null,
): Promise<Closable> {
  const { factories = productFactories } = options;
  switch (name) {
    case 'controller':
      return controllerComponent(context);
    case 'worker': {
      const stacks = await factories.stacks(options);
      const component = workerComponent(context, stacks);
      return stacks === null ? component : onTopOf(options, component, stacks);
    }
    case 'sync': {
      const hooks = await sameHooks(options, publishedHooks);
      const database = await openHookedDatabase(context, hooks, await factories.database(options));
      return onTopOf(options, syncComponent(context, database), database);
    }
    case 'timeline': {
      const timeline = await openTimelineLog(await factories.timeline(options));
      return onTopOf(options, timelineComponent(context, timeline), timeline);
    }
  }
}

/**
 * The hooks that the API serves, from the catalogue of this process: states are applied here, and have hooks too.
 * @throws HOOKS_MISSING where the catalogue has others
 */
async function sameHooks({ settings }: ApplicationOptions, published: string | null): Promise<LoadedHooks> {
  if (published === null) return nothingLoaded;
  const { hooks } = await loadCatalog(settings.catalog);
  if (hooks.hash === published) return hooks;
  const found = hooks.hash === null ? 'none' : 'others';
  throw kamadoError('HOOKS_MISSING', { catalog: settings.catalog, found });
}

function onTopOf({ runtime }: ApplicationOptions, component: Closable, base: Closable): Closable {
  const disposables = new Disposables(runtime);
  disposables.keep(base);
  disposables.keep(component);
  return disposables;
}
