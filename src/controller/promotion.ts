import { type Job, jobKey } from '../records/index.ts';
import type { Operation } from '../store/index.ts';

/** Moves a waiting job to those that are ready. */
export function promotion(job: Job): readonly Operation[] {
  return [
    { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    { type: 'delete', range: { from: jobKey('waiting', job.id) } },
  ];
}
