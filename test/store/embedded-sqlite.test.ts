import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { EmbeddedLimits } from '../../src/store/embedded/embedded-limits.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { sqlitePersistence } from '../../src/store/embedded/sqlite-persistence.ts';
import { storeContract } from './contract.ts';
import type { OpenedStore } from './contract-test.ts';

async function openStore(limits: Partial<EmbeddedLimits> = {}): Promise<OpenedStore> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-store-'));
  const persistence = () => sqlitePersistence(join(folder, 'store.sqlite'));
  const open = () => openEmbeddedStore({ runtime: systemRuntime, persistence: persistence(), log: silentLog, limits });
  let store = await open();
  return {
    store,
    restart: async () => {
      await store.close();
      store = await open();
      return store;
    },
    cleanup: async () => {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

storeContract('embedded store in SQLite', () => openStore(), { runs: 50 });
storeContract(
  'embedded store in SQLite, with all values in its log',
  () => openStore({ inlineCharacters: 0, recentCharacters: 0 }),
  { runs: 25 },
);
