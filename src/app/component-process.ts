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

/** The components that can run in a process of their own. */
export const componentNames = ['api', 'sync', 'controller', 'worker', 'timeline'] as const;
export type ComponentName = (typeof componentNames)[number];

/**
 * Starts one component. The API reads the catalogue and publishes the model. The others wait for the model in the
 * store, and start again when another one is published. If the catalogue has hooks, sync needs the catalogue as well.
 * @throws USAGE if PostgreSQL or etcd isn't named: components in processes of their own share only these
 */
export async function startComponentProcess(name: ComponentName, options: ApplicationOptions): Promise<Closable> {
  const { settings } = options;
  if (settings.etcd === null || settings.database.kind !== 'postgresql') {
    const reason = 'a component in a process of its own needs --etcd and --database postgres://…';
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

/** Runs a component on the published model; starts it again for each new model. */
function startFollowing(name: Exclude<ComponentName, 'api'>, options: ApplicationOptions, store: Store): Closable {
  const { runtime, log, onFatal } = options;
  const closing = new AbortController();
  let current: Promise<Closable | null> = Promise.resolve(null);
  const begin = (model: Model, hooks: string | null): void => {
    current = current.then(async (previous) => {
      await previous?.close();
      if (closing.signal.aborted) return null;
      log.info({ component: name, model: model.hash }, 'The component starts.');
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
      // A component that is still starting waits for something, and is of no use any more.
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
      return stacks === null ? component : closedBefore(options, component, stacks);
    }
    case 'sync': {
      const hooks = await sameHooks(options, publishedHooks);
      const database = await openHookedDatabase(context, hooks, await factories.database(options));
      return closedBefore(options, syncComponent(context, database), database);
    }
    case 'timeline': {
      const timeline = await openTimelineLog(await factories.timeline(options));
      return closedBefore(options, timelineComponent(context, timeline), timeline);
    }
  }
}

/**
 * The hooks that the API serves, from the catalogue of this process. Sync needs them because applying states runs hooks
 * too.
 * @throws HOOKS_MISSING if the catalogue has other hooks
 */
async function sameHooks({ settings }: ApplicationOptions, published: string | null): Promise<LoadedHooks> {
  if (published === null) return nothingLoaded;
  const { hooks } = await loadCatalog(settings.catalog);
  if (hooks.hash === published) return hooks;
  const found = hooks.hash === null ? 'none' : 'others';
  throw kamadoError('HOOKS_MISSING', { catalog: settings.catalog, found });
}

function closedBefore({ runtime }: ApplicationOptions, component: Closable, base: Closable): Closable {
  const disposables = new Disposables(runtime);
  disposables.keep(base);
  disposables.keep(component);
  return disposables;
}
