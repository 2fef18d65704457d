import { type Job, jobKey } from '../records/index.ts';
import type { Operation } from '../store/index.ts';

/** The operations that move a waiting job to the ready ones. */
export function promotion(job: Job): readonly Operation[] {
  return [
    { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    { type: 'delete', range: { from: jobKey('waiting', job.id) } },
  ];
}
