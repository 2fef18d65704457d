export { parseEndpoints } from './endpoints.ts';
export { openEtcdStore } from './etcd-store.ts';
