import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openPostgresDriver } from '../database/postgres-driver.ts';
import type { SqlDriver } from '../database/sql.ts';
import { openSqliteDriver } from '../database/sqlite-driver.ts';
import { errorText, isKamadoError, kamadoError } from '../kernel/errors.ts';
import type { Log } from '../kernel/log.ts';
import type { Runtime } from '../kernel/runtime.ts';
import { nodeSend } from '../stack/openstack/http.ts';
import { openStackEngine } from '../stack/openstack/openstack-engine.ts';
import type { StackEngine } from '../stack/stack.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { sqlitePersistence } from '../store/embedded/sqlite-persistence.ts';
import { parseEndpoints } from '../store/etcd/endpoints.ts';
import { openEtcdStore } from '../store/etcd/etcd-store.ts';
import type { Store } from '../store/store.ts';
import { readCloud } from './cloud-files.ts';
import type { Settings } from './settings.ts';

/** What every opener needs. */
export interface OpenContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly settings: Settings;
}

/** Opens what a house stands on. Tests put others in their place, to end the process where they want. */
export interface Openers {
  readonly truth: (context: OpenContext) => Promise<SqlDriver>;
  readonly timeline: (context: OpenContext) => Promise<SqlDriver>;
  readonly store: (context: OpenContext) => Promise<Store>;
  /** Null: no stacks can be built from here. @throws CLOUD_INVALID */
  readonly stacks: (context: OpenContext) => Promise<StackEngine | null>;
}

/** Files of the data folder. */
export const dataFiles = { truth: 'kamado.sqlite', timeline: 'timeline.sqlite', store: 'store.sqlite' } as const;

/** The openers of the product. */
export const productOpeners: Openers = {
  truth: async ({ runtime, log, settings }) => {
    const { database } = settings;
    if (database.kind === 'postgresql') return await openPostgresDriver(runtime, log, database.url);
    return openSqliteDriver(runtime, database.path ?? (await dataFile(settings, dataFiles.truth)));
  },
  timeline: async ({ runtime, log, settings }) => {
    const { database } = settings;
    if (database.kind === 'postgresql') return await openPostgresDriver(runtime, log, database.url);
    const path = await dataFile(settings, dataFiles.timeline);
    // What a loss of power takes from it is read again from the store.
    return openSqliteDriver(runtime, path, { durability: 'process end' });
  },
  store: async ({ runtime, log, settings }) => {
    if (settings.etcd !== null) return await openEtcd(runtime, log, settings.etcd);
    const persistence = sqlitePersistence(await dataFile(settings, dataFiles.store));
    return await openEmbeddedStore({ runtime, log, persistence });
  },
  stacks: async ({ runtime, log, settings }) => {
    const cloud = await readCloud(settings.environment);
    return cloud === null ? null : openStackEngine({ runtime, log, cloud, send: nodeSend(cloud.tls) });
  },
};

/** A file in the data folder, which is made where it isn't there. @throws DATA_FOLDER_UNUSABLE */
export async function dataFile({ dataDir }: Settings, name: string): Promise<string> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path: dataDir, reason: errorText(error) }, { cause: error });
  }
  return join(dataDir, name);
}

async function openEtcd(runtime: Runtime, log: Log, text: string): Promise<Store> {
  const options = { runtime, log, ...parseEndpoints(text), tls: readTls() };
  try {
    return await openEtcdStore(options);
  } catch (error) {
    if (!isKamadoError(error, 'STORE_UNAVAILABLE')) throw error;
    log.warn({ reason: error.message }, 'The store is away; what needs it waits.');
    return await openEtcdStore({ ...options, mayBeAway: true });
  }
}

/** Certificates for etcd, from the files that etcdctl's variables name (ETCDCTL_CACERT, ETCDCTL_CERT, ETCDCTL_KEY). */
function readTls(): { readonly ca?: string; readonly cert?: string; readonly key?: string } {
  const read = (name: string): string | undefined => {
    const path = process.env[name];
    return path === undefined || path === '' ? undefined : readFileSync(path, 'utf8');
  };
  const [ca, cert, key] = [read('ETCDCTL_CACERT'), read('ETCDCTL_CERT'), read('ETCDCTL_KEY')];
  return {
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
  };
}
