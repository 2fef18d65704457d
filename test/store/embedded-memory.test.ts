import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { EmbeddedLimits } from '../../src/store/embedded/embedded-limits.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { storeContract } from './contract.ts';
import type { OpenedStore } from './contract-test.ts';

async function openStore(limits: Partial<EmbeddedLimits> = {}): Promise<OpenedStore> {
  const persistence = memoryPersistence();
  const open = () => openEmbeddedStore({ runtime: systemRuntime, persistence, log: silentLog, limits });
  let store = await open();
  return {
    store,
    restart: async () => {
      await store.close();
      store = await open();
      return store;
    },
    cleanup: () => store.close(),
  };
}

storeContract('embedded store in memory', () => openStore(), { runs: 300 });
storeContract(
  'embedded store in memory, with all values in its log',
  () => openStore({ inlineCharacters: 0, recentCharacters: 0 }),
  { runs: 100 },
);
