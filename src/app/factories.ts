import { dirname, join } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { SqlDriver } from '../database/index.ts';
import { openSqliteDriver } from '../database/sqlite/index.ts';
import {
  type DiskReserve,
  errorText,
  fileFault,
  isKamadoError,
  kamadoError,
  type Log,
  limits,
  type Runtime,
  readTextFileSync,
  reserveFiles,
  silentLog,
} from '../kernel/index.ts';
import { nodeSend, openStackEngine } from '../southbound/heat/index.ts';
import type { StackEngine } from '../southbound/stack/index.ts';
import { type EmbeddedLimits, openEmbeddedStore, sqlitePersistence } from '../store/embedded/index.ts';
import type { Store } from '../store/index.ts';
import { readCloud } from './cloud-files.ts';
import type { DiskReserves } from './disk-reserves.ts';
import { makePrivateFile, makePrivateFolder } from './private-files.ts';
import type { Settings } from './settings/settings.ts';

/** The context of every factory. */
export interface OpenContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly settings: Settings;
  /** The reserved space for deletions on full disks; none is kept if absent. */
  readonly reserves?: DiskReserves;
}

/**
 * Functions that open the database, timeline, store and stack engine of an application. Tests replace them, to end the
 * process at a chosen point.
 */
export interface Factories {
  readonly database: (context: OpenContext) => Promise<SqlDriver>;
  readonly timeline: (context: OpenContext) => Promise<SqlDriver>;
  readonly store: (context: OpenContext) => Promise<Store>;
  /** Opens the stack engine; null if no cloud is named. @throws CLOUD_INVALID */
  readonly stacks: (context: OpenContext) => Promise<StackEngine | null>;
}

/** Files of the data folder. */
export const dataFiles = { database: 'kamado.sqlite', timeline: 'timeline.sqlite', store: 'store.sqlite' } as const;

/** The path by which SQLite opens a database without a file. */
const IN_MEMORY = ':memory:';

/** The factories of the product. The clients of PostgreSQL and etcd are loaded only if the settings name such a server. */
export const productFactories: Factories = {
  database: async (context) => {
    const { runtime, log, settings } = context;
    const { database } = settings;
    if (database.kind === 'postgresql') return await openPostgres(runtime, log, database.url);
    const path = await databaseFile(settings, database.path, log);
    return openSqliteDriver(runtime, path, await reserveFor(context, path));
  },
  timeline: async (context) => {
    const { runtime, log, settings } = context;
    const { database } = settings;
    if (database.kind === 'postgresql') return await openPostgres(runtime, log, database.url);
    const path = await dataFile(settings, dataFiles.timeline, log);
    // Entries that a power failure destroys are read again from the store.
    const options = { durability: 'process end', sparing: true } as const;
    return openSqliteDriver(runtime, path, { ...options, ...(await reserveFor(context, path)) });
  },
  store: async (context) => {
    const { runtime, log, settings } = context;
    if (settings.etcd !== null) return await openEtcd(runtime, log, settings.etcd);
    const path = await dataFile(settings, dataFiles.store, log);
    const { reserve = null } = await reserveFor(context, path);
    return await openEmbeddedStore({
      runtime,
      log,
      persistence: sqlitePersistence(path, reserve),
      limits: embeddedLimits(),
    });
  },
  stacks: async ({ runtime, log, settings }) => {
    const cloud = await readCloud(settings.environment);
    return cloud === null ? null : openStackEngine({ runtime, log, cloud, send: nodeSend(cloud.tls) });
  },
};

/** Settings whose data folder was checked already, so that a warning about it is logged once. */
const checkedSettings = new WeakSet<Settings>();

/**
 * The path of a file in the data folder. Makes the folder and the file if they don't exist; only their owner can read
 * them. @throws DATA_FOLDER_UNUSABLE
 */
export async function dataFile(settings: Settings, name: string, log: Log = silentLog): Promise<string> {
  const { dataDir } = settings;
  if (!checkedSettings.has(settings))
    await makePrivateFolder(log, dataDir, [...Object.values(dataFiles), ...reserveFiles]);
  checkedSettings.add(settings);
  const path = join(dataDir, name);
  checkFile(path);
  await makePrivateFile(log, path);
  return path;
}

/** The path of the database file: the one that the settings name, or the one in the data folder. */
async function databaseFile(settings: Settings, named: string | null, log: Log): Promise<string> {
  if (named === null) return await dataFile(settings, dataFiles.database, log);
  if (named === IN_MEMORY) return named;
  checkFile(named);
  await makePrivateFile(log, named);
  return named;
}

/** Refuses a path that can't be a database file. @throws DATA_FOLDER_UNUSABLE */
function checkFile(path: string): void {
  let reason: string | null;
  try {
    reason = fileFault(path);
  } catch (error) {
    // The folder may be unreadable, or symbolic links may lead nowhere.
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
  if (reason !== null) throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason });
}

/** Reserves disk space for a database file. @throws DATA_FOLDER_UNUSABLE */
async function reserveFor({ reserves }: OpenContext, path: string): Promise<{ readonly reserve?: DiskReserve }> {
  if (path === IN_MEMORY) return {};
  try {
    return reserves === undefined ? {} : { reserve: await reserves.of(dirname(path)) };
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/**
 * The limits of the embedded store: a share of the heap, since the controller holds much of the store in memory as
 * well.
 */
function embeddedLimits(): Partial<EmbeddedLimits> {
  const share = Math.floor(getHeapStatistics().heap_size_limit * limits.embeddedStoreHeapShare);
  return {
    storeBytes: Math.min(limits.embeddedStoreBytes, share),
  };
}

async function openPostgres(runtime: Runtime, log: Log, url: string): Promise<SqlDriver> {
  const { openPostgresDriver } = await import('../database/postgres/index.ts');
  return await openPostgresDriver(runtime, log, url);
}

async function openEtcd(runtime: Runtime, log: Log, text: string): Promise<Store> {
  const { openEtcdStore, parseEndpoints } = await import('../store/etcd/index.ts');
  const options = { runtime, log, ...parseEndpoints(text), tls: readTls() };
  try {
    return await openEtcdStore(options);
  } catch (error) {
    if (!isKamadoError(error, 'STORE_UNAVAILABLE')) throw error;
    log.warn({ reason: error.message }, 'The store is unavailable; what needs it waits.');
    return await openEtcdStore({ ...options, mayBeAway: true });
  }
}

/** Certificates for etcd, from the files that etcdctl's variables name (ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY). @throws USAGE */
function readTls(): { readonly ca?: string; readonly cert?: string; readonly key?: string } {
  const read = (name: string): string | undefined => {
    const path = process.env[name];
    if (path === undefined || path === '') return undefined;
    try {
      return readTextFileSync(path, limits.certificateFileBytes);
    } catch (error) {
      throw kamadoError('USAGE', { reason: `${name}: ${path} cannot be read: ${errorText(error)}` });
    }
  };
  const [ca, cert, key] = [read('ETCDCTL_CACERT'), read('ETCDCTL_CERT'), read('ETCDCTL_KEY')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
