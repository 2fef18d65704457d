import { after } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdAvailable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { needs } from '../support/services.ts';
import { storeContract } from './contract.ts';
import type { OpenedStore } from './contract-test.ts';

let server: Promise<TestEtcd> | null = null;
after(async () => (await server)?.stop());

async function endpoint(): Promise<string> {
  if (process.env.KAMADO_TEST_ETCD !== undefined) return process.env.KAMADO_TEST_ETCD;
  server ??= startEtcd();
  return (await server).endpoint;
}

async function openStore(): Promise<OpenedStore> {
  const endpoints = [await endpoint()];
  const open = () => openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints });
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

storeContract('store on etcd', openStore, { runs: 30, ...needs('etcd', etcdAvailable()) });
