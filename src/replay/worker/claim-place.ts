import { isJsonObject, type Json } from '../../kernel/index.ts';
import { READ_COMPLETE } from '../../records/index.ts';
import type { PlacedJob, RecordedWrite } from './recorded-writes.ts';

/**
 * The place at which a job was claimed. If no event records that: the first write that only the job can have made, else
 * the place at which it left the queue if other recordings mention it. Null: no worker had it. `isCalled` says whether
 * calls of its stack are recorded; null if another handler has the job.
 */
export function claimPlace(
  placed: PlacedJob,
  ofResource: readonly PlacedJob[],
  writes: readonly RecordedWrite[],
  isCalled: boolean | null,
): number | null {
  const [claim] = placed.claims;
  if (claim !== undefined) return claim;
  const { job } = placed;
  const next = ofResource.find((one) => one.place > placed.place && one.job.job_name !== job.job_name);
  const window = writes.filter(
    ({ place }) => place > placed.place && place < (next?.place ?? Number.POSITIVE_INFINITY),
  );
  const first =
    (job.is_first ? window.find(({ value }) => isEmpty(value)) : undefined) ??
    (isCalled === null ? undefined : window.find(isOfHeat)) ??
    (job.is_last ? writes.find((write) => versionOf(write) === job.version) : undefined);
  if (first !== undefined) return first.place;
  if (placed.finish !== null) return placed.finish.place;
  return isCalled === false ? null : (placed.left ?? placed.place);
}

/** Whether a job of the Heat handler wrote it. */
function isOfHeat({ family, value }: RecordedWrite): boolean {
  if (family === 'job_state') return isJsonObject(value) && value.heat_outputs !== undefined;
  return family === 'heat_stacks' && value !== undefined;
}

/** Whether a value is {}, with which a workflow begins. */
export function isEmpty(value: Json | undefined): boolean {
  return isJsonObject(value) && Object.keys(value).length === 0;
}

/** The version in a job's state; null if no job made the write. */
export function versionOf({ family, value }: RecordedWrite): number | null {
  if (family !== 'state' || !isJsonObject(value)) return null;
  const isRead = isJsonObject(value.state) && value.state.worker_state === READ_COMPLETE;
  return isRead || typeof value.version !== 'number' ? null : value.version;
}
