import type { ReconcileContext } from '../../controller/index.ts';
import { decodeJob, encodeProcessed, type Job, parseJobKey, resourceKey } from '../../records/index.ts';
import type { Operation } from '../../store/index.ts';
import type { RecordedWorkflow } from './recording.ts';

/** The key of an operation of the controller. */
export function keyOf(operation: Operation): string {
  return operation.type === 'put' ? operation.key : operation.range.from;
}

/** The jobs of that name that operations put into the queue. */
export function jobsIn(operations: readonly Operation[], name: string): readonly Job[] {
  return operations.flatMap((operation) => {
    const isJob = operation.type === 'put' && parseJobKey(operation.key)?.queue === 'all';
    const job = isJob ? decodeJob(operation.value)?.job : undefined;
    return job?.job_name === name ? [job] : [];
  });
}

/** The processed config of a workflow that couldn't be planned: its jobs contain the whole body. */
export function processedFrom(
  { resources }: Pick<ReconcileContext, 'resources'>,
  { path, version, jobs }: RecordedWorkflow,
): readonly Operation[] {
  const resource = resources.resolve(path);
  const first = jobs[0]?.job;
  if (resource === null || first === undefined) return [];
  const value = encodeProcessed({ body: first.resource_input, version, deleted: first.action === 'logical_delete' });
  return [{ type: 'put', key: resourceKey('processed', resource.type.url, resource.id), value }];
}
