import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '../src/app/process/index.ts';
import { silentLog } from '../src/kernel/index.ts';
import { openEmbeddedStore, sqlitePersistence } from '../src/store/embedded/index.ts';
import { openEtcdStore } from '../src/store/etcd/index.ts';
import type { Store } from '../src/store/index.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../test/support/etcd.ts';

/** The place of a store: an etcd endpoint, or the path of the embedded store's file. */
export type StorePlace = string;

/** Opens a store as the product does. */
export async function openStore(place: StorePlace): Promise<Store> {
  const common = { runtime: systemRuntime, log: silentLog };
  if (place.startsWith('http://')) return await openEtcdStore({ ...common, endpoints: [place] });
  return await openEmbeddedStore({ ...common, persistence: sqlitePersistence(place) });
}

/** Runs `task` with a function that makes new embedded stores, and with one that makes etcds, if etcd is installed. */
export async function onEachStore(
  task: (kind: 'embedded' | 'etcd', newStore: () => Promise<StorePlace>) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-store-'));
  let files = 0;
  try {
    await task('embedded', async () => join(folder, `store-${files++}.sqlite`));
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (!etcdStartable()) {
    process.stdout.write('\netcd is not installed here: nothing is measured on it.\n');
    return;
  }
  const started: TestEtcd[] = [];
  try {
    await task('etcd', async () => {
      const etcd = await startEtcd();
      started.push(etcd);
      return etcd.endpoint;
    });
  } finally {
    for (const etcd of started) await etcd.stop();
  }
}
