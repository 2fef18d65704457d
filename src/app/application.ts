import { createApi, type ListenerHandover } from '../api/index.ts';
import { type Catalog, loadCatalog, refuseUnknownHandlers, unknownHandlers } from '../catalog/index.ts';
import { type Database, openTimelineLog, type TimelineLog } from '../database/index.ts';
import { openHookedDatabase, requestHooks } from '../hooks/index.ts';
import {
  errorText,
  isKamadoError,
  isRetryable,
  kamadoError,
  type Log,
  limits,
  type Runtime,
  sleep,
  warnUnlessFull,
} from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import { type Store, signed, withPrefix } from '../store/index.ts';
import { bindCluster } from '../sync/index.ts';
import { type Handler, shippedHandlers } from '../worker/index.ts';
import {
  type Closable,
  type ComponentContext,
  controllerComponent,
  syncComponent,
  timelineComponent,
  workerComponent,
} from './components.ts';
import { DiskReserves } from './disk-reserves.ts';
import { Disposables } from './disposables.ts';
import { type Factories, type OpenContext, productFactories } from './factories.ts';
import { writeRowsOrRetry } from './initial-rows.ts';
import { clientConnections } from './process/open-files.ts';
import { markChangedSecrets, publishModel, untilUnpublished } from './published-model.ts';
import type { Settings } from './settings/settings.ts';

/** The options of an application. */
export interface ApplicationOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly settings: Settings;
  /** Called with an error that no retry can correct, after the start; the process then ends. */
  readonly onFatal: (error: unknown) => void;
  /** Aborts when the process is about to end because something failed in it. */
  readonly failing?: AbortSignal;
  /** Handlers of this process besides those that ship. */
  readonly handlers?: readonly Handler[];
  readonly factories?: Factories;
  /** The catalogue to serve, if it was read already; else the one that the settings name. */
  readonly catalog?: Catalog;
  /** Listens instead of the application, and outlives it. */
  readonly handover?: ListenerHandover;
  /** Aborts when the process is to end: a start in progress is given up. */
  readonly ending?: AbortSignal;
}

/** A running application: its API answers requests. */
export interface Application {
  readonly address: { readonly host: string; readonly port: number };
  /** Ends every component, and then the database, the store and the rest that they use. */
  readonly close: () => Promise<void>;
}

/**
 * Starts every component in one process: opens and checks catalogue, database and store, then starts the API and the
 * other components. If a step fails, what was opened is closed again.
 * @throws SHUTTING_DOWN if the start is given up, SCHEMA_INVALID, CATALOG_UNREADABLE, DATA_FOLDER_IN_USE,
 * CLUSTER_MISMATCH, PORT_IN_USE and the like
 */
export async function startApplication(options: ApplicationOptions): Promise<Application> {
  const { factories = productFactories } = options;
  const disposables = new Disposables(options.runtime);
  const reserves = disposables.keep(new DiskReserves(options));
  const opening = { ...options, reserves };
  try {
    const stacks = await factories.stacks(options);
    if (stacks !== null) disposables.keep(stacks);
    checkNotEnding(options);
    const openStore = async (): Promise<Store> => disposables.keep(await factories.store(opening));
    const { address, components, database, timeline } = await serveApi(opening, openStore, disposables);
    disposables.keep(timelineComponent(components, timeline));
    disposables.keep(syncComponent(components, database));
    disposables.keep(controllerComponent(components));
    disposables.keep(workerComponent(components, stacks));
    return { address, close: () => disposables.close() };
  } catch (error) {
    await disposables.close();
    throw error;
  }
}

/** The options that the components get. */
export function componentOptions({
  runtime,
  log,
  onFatal,
  failing,
  handlers,
}: ApplicationOptions): Omit<ComponentContext, 'model' | 'store'> {
  return { runtime, log, onFatal, ...(failing && { failing }), ...(handlers && { handlers }) };
}

/** An API that answers requests, and the parts that it uses. */
export interface ServedApi {
  readonly address: Application['address'];
  readonly components: ComponentContext;
  readonly database: Database;
  readonly timeline: TimelineLog;
}

/**
 * Opens catalogue, database, timeline and store, serves the API on them, and then creates the rows of the catalogue.
 * The API listens before the rows are written, so an address that can't be used is reported before anything is changed.
 */
export async function serveApi(
  options: ApplicationOptions & Pick<OpenContext, 'reserves'>,
  openStore: () => Promise<Store>,
  disposables: Disposables,
): Promise<ServedApi> {
  const { runtime, log, settings, factories = productFactories } = options;
  const { model, rows, hooks, documents } = options.catalog ?? (await loadCatalog(settings.catalog));
  // No other process can use an embedded store.
  if (settings.etcd === null) refuseUnknownHandlers(model, documents, knownHandlers(options));
  for (const warning of model.warnings) log.warn({}, warning);
  const hookContext = { runtime, log, model };
  const database = disposables.keep(await openHookedDatabase(hookContext, hooks, await factories.database(options)));
  const timeline = disposables.keep(await openTimelineLog(await factories.timeline(options)));
  const store = await openStore();
  checkNotEnding(options);
  await bindIfThere(store, log, database.clusterId, () => markChangedSecrets(signed(store, runtime, 'api'), model));
  await warnOfHandlers(options, model, store);
  checkNotEnding(options);
  const { host, port } = settings;
  const apiLog = log.child({ component: 'api' });
  const around = requestHooks({ runtime, log: apiLog, model, database }, hooks);
  const handover = options.handover === undefined ? {} : { handover: options.handover };
  const api = disposables.keep(
    createApi({
      ...handover,
      connections: clientConnections(),
      runtime,
      log: apiLog,
      model,
      database,
      store,
      timeline,
      hooks: around,
      host,
      port,
    }),
  );
  await api.listen();
  disposables.keep(await writeRowsOrRetry(options, database, rows));
  checkNotEnding(options);
  const components: ComponentContext = { ...componentOptions(options), model, store };
  disposables.keep(publishing(components, hooks.hash));
  log.info({ ...api.address }, 'Kamado serves.');
  return { address: api.address, components, database, timeline };
}

/** The names of the handlers that this process has. */
function knownHandlers({ handlers = [] }: ApplicationOptions): readonly string[] {
  return [...shippedHandlers, ...handlers.map(({ name }) => ({ handler: name }))].map(({ handler }) => handler);
}

/** Warns of handlers that no worker has declared so far: a worker in another process may start later. */
async function warnOfHandlers(options: ApplicationOptions, model: Model, store: Store): Promise<void> {
  const { settings, log } = options;
  if (settings.etcd === null) return;
  try {
    const { entries } = await store.get(withPrefix(keys.handlers), { keysOnly: true });
    const declared = entries.map(({ key }) => key.slice(keys.handlers.length));
    const known = [...knownHandlers(options), ...declared];
    for (const { schema, reason } of unknownHandlers(model, [], known)) log.warn({ type: schema ?? '' }, reason);
  } catch (error) {
    if (!isRetryable(error)) throw error;
  }
}

/** @throws SHUTTING_DOWN */
function checkNotEnding({ ending }: ApplicationOptions): void {
  if (ending?.aborted === true) throw kamadoError('SHUTTING_DOWN', {});
}

/** Refuses a store of another cluster at once. If the store is unavailable, sync binds it when it is back. */
async function bindIfThere(store: Store, log: Log, clusterId: string, onBound: () => Promise<void>): Promise<void> {
  try {
    await bindCluster(store, clusterId);
    await onBound();
  } catch (error) {
    if (!isRetryable(error) || isKamadoError(error, 'STORE_REFUSED')) throw error;
    warnUnlessFull(log, error, {}, 'The store is unavailable; what needs it waits.');
  }
}

/** Publishes the model as soon as the store is available, and again whenever the store has lost it. */
function publishing({ runtime, log, model, store, onFatal }: ComponentContext, hooks: string | null): Closable {
  const closing = new AbortController();
  const signedStore = signed(store, runtime, 'api');
  const publish = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      try {
        await publishModel(signedStore, model, hooks);
        return;
      } catch (error) {
        if (!isRetryable(error)) throw error;
        log.debug({ reason: errorText(error) }, 'The model is published when the store is available.');
        await sleep(runtime, limits.reconnectLongestMs, closing.signal);
      }
    }
  };
  const run = async (): Promise<void> => {
    while (!closing.signal.aborted) {
      await publish();
      await untilUnpublished({ runtime, log, store }, closing.signal);
    }
  };
  const running = run().catch(onFatal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}
