import { completedState, encodeProcessed, encodeState, jobKey, jobQueues, resourceKey } from '../../records/index.ts';
import type { Recording } from './recording.ts';
import type { ReplayWorld } from './replay-world.ts';

/**
 * Removes jobs of a resource whose departure is in no event: they have left when their version has a state, or when a
 * newer version came.
 */
export async function departUnrecorded(
  { state, write }: ReplayWorld,
  { departures }: Recording,
  path: string,
  upTo: number,
): Promise<void> {
  const left = state.jobs.ofResource(path).filter((job) => job.version <= upTo && !departures.has(job.id));
  const keys = left.flatMap((job) => jobQueues.map((queue) => jobKey(queue, job.id)));
  await write(keys.map((key) => ({ type: 'delete', range: { from: key } })));
}

/** Marks a version that has a state as planned, even if the replay could not plan it because events are missing. */
export async function assumePlanned({ state, write }: ReplayWorld, path: string, version: number): Promise<void> {
  const { config, processed } = state.resources.get(path);
  const resource = state.resources.resolve(path);
  if (resource === null || config?.value.version !== version || (processed?.value.version ?? 0) >= version) return;
  const { body, markedForDeletion: deleted } = config.value;
  const key = resourceKey('processed', resource.type.url, resource.id);
  await write([{ type: 'put', key, value: encodeProcessed({ body, version, deleted }) }]);
}

/**
 * Assumes that a version succeeded if a newer one was written, since the original wrote a newer version only when the
 * one before had its state. Needed if the run isn't lossless and that state is in no event.
 */
export async function assumeApplied(
  { state: known, write }: ReplayWorld,
  { states }: Recording,
  path: string,
  version: number,
): Promise<void> {
  const { processed, state } = known.resources.get(path);
  const resource = known.resources.resolve(path);
  if (processed === null || resource === null) return;
  const before = processed.value.version;
  const isKnown = (states.get(path) ?? []).some((seen) => seen.version === before);
  // A refusal of that version comes from the replay itself, because of missing events.
  const isAnswered = state !== null && state.value.version >= before && state.value.error === '';
  if (isKnown || before >= version || isAnswered) return;
  const key = resourceKey('state', resource.type.url, resource.id);
  await write([{ type: 'put', key, value: encodeState(completedState('create', before, {})) }]);
}
