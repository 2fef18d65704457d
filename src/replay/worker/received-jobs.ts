import { type Job, stackName } from '../../records/index.ts';
import type { HeatExchange } from './heat-recording.ts';
import type { WorkerLog } from './worker-log.ts';

/**
 * Returns the test for jobs that a worker received, for jobs whose events only tell that they were planned: by the
 * worker's log, else by the jobs in Heat's log, else by its stacks.
 */
export function receivedOf(exchanges: readonly HeatExchange[], log: WorkerLog | null): (job: Job) => boolean {
  const stacks = new Set(exchanges.map(({ stack }) => stack));
  const callers = new Set(exchanges.flatMap((one) => (one.of === 'call' && one.job !== null ? [one.job] : [])));
  // In some logs a call names the next job of the workflow, which is another handler's.
  const namedHandlers = new Set([...callers].map((id) => id.split(':')[1]));
  return ({ id, handler, resource_type: type, resource_id: resourceId }) => {
    if (log !== null && log.claimed.size > 0) return log.claimed.has(id);
    return namedHandlers.has(handler) ? callers.has(id) : stacks.has(stackName(type, resourceId));
  };
}
