export { bindCluster } from './cluster.ts';
export { operationsOf } from './event-batch.ts';
export { startSync } from './sync.ts';
