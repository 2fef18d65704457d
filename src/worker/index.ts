export type { Handler } from './handler.ts';
export { HEAT_WORKER, heatDeclaration, heatWorker } from './heat/heat-worker.ts';
export { stackInputs } from './heat/stack-inputs.ts';
export { monitoringWorker, pluginTypes } from './monitoring/monitoring-worker.ts';
export { startPresence } from './presence.ts';
export { shippedHandlers } from './shipped-handlers.ts';
export { startWorker, type Worker } from './worker.ts';
