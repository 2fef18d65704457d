import { completedState, encodeProcessed, encodeState, jobKey, jobQueues, resourceKey } from '../../records/index.ts';
import type { Recording } from './recording.ts';
import type { ReplayWorld } from './replay-world.ts';

/** A job of a resource whose departure is in no event has left when its version has a state, or a newer version came. */
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

/** A version that has a state was planned, also where the replay could not for want of what is missing. */
export async function assumePlanned({ state, write }: ReplayWorld, path: string, version: number): Promise<void> {
  const { config, processed } = state.resources.get(path);
  const resource = state.resources.resolve(path);
  if (resource === null || config?.value.version !== version || (processed?.value.version ?? 0) >= version) return;
  const { body, markedForDeletion: deleted } = config.value;
  const key = resourceKey('processed', resource.type.url, resource.id);
  await write([{ type: 'put', key, value: encodeProcessed({ body, version, deleted }) }]);
}

/**
 * The original wrote a newer version only when the one before had its state. Where the run isn't lossless and that
 * state is in no event, it is taken to have been a success.
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
  // A refusal of that version is the replay's own, and follows from what is missing.
  const isAnswered = state !== null && state.value.version >= before && state.value.error === '';
  if (isKnown || before >= version || isAnswered) return;
  const key = resourceKey('state', resource.type.url, resource.id);
  await write([{ type: 'put', key, value: encodeState(completedState('create', before, {})) }]);
}
