import type { HandlerRecord } from '../records/index.ts';
import { heatDeclaration } from './heat/heat-worker.ts';
import { monitoringWorker } from './monitoring/monitoring-worker.ts';

/** The declarations of the handlers that ship. */
export const shippedHandlers: readonly HandlerRecord[] = [
  { handler: monitoringWorker.name, canModify: monitoringWorker.canModify },
  heatDeclaration,
];
