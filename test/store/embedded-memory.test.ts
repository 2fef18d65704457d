import { systemRuntime } from '../../src/app/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { type OpenedStore, storeContract } from './contract.ts';

async function openStore(): Promise<OpenedStore> {
  const persistence = memoryPersistence();
  const open = () => openEmbeddedStore({ runtime: systemRuntime, persistence, log: silentLog });
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

storeContract('embedded store in memory', openStore, { runs: 300 });
