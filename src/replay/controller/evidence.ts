import { pathKey } from '../../controller/index.ts';
import type { Job } from '../../records/index.ts';
import { isSameJob } from '../job-differences.ts';
import type { Recording } from './recording.ts';

/** A planned or recorded change without a match, and its inputs. */
export interface Mismatch {
  /** 'type:id'. */
  readonly path: string;
  readonly version: number;
  /** 'type:id' of every resource that planning looked up. */
  readonly references: readonly string[];
  /** The place at which it was planned. */
  readonly place: number;
}

/**
 * The reason why a mismatch comes from the recording, if the run proves it: the /config of the version, of the one
 * before it, or of a resource that it refers to is in no event (`docs/replay.md`). Null without such a proof.
 */
export function excuseFor(recording: Recording, { path, version, references, place }: Mismatch): string | null {
  if (!hasVersion(recording, path, version)) return `/config of ${path} version ${version} is in no event`;
  if (version > 1 && !hasVersion(recording, path, version - 1)) {
    return `/config of ${path} version ${version - 1}, the one before, is in no event`;
  }
  for (const reference of new Set(references)) {
    const missing = missingVersion(recording, reference, place);
    if (missing !== null) return `/config of ${reference} version ${missing}, to which it refers, is in no event`;
  }
  return null;
}

/** The reason why a planned job isn't recorded, if the run proves that it existed, or that its end was lost too. */
export function excuseForUnrecordedJob(recording: Recording, planned: Job): string | null {
  const { resource_type: type, resource_id: id, version } = planned;
  // Then the workflow is recorded, without this job.
  if (recording.holdsWriteOf(planned.id)) return null;
  if (recording.mentions(planned.id)) return 'the job left traces, but the event in which it was written is missing';
  if (!hasState(recording, pathKey(type, id), version)) {
    return `neither the job nor a /state of version ${version} is in an event`;
  }
  return recording.worked.has(`${type}:${id}:${version}`)
    ? `a job left its /state of version ${version}, but the event in which it was written is missing`
    : null;
}

/** The reason why a planned READ_COMPLETE isn't recorded: each version has one state, and this one's is in no event. */
export function excuseForUnrecordedState(recording: Recording, { path, version }: Mismatch): string | null {
  return hasState(recording, path, version) ? null : `no /state of version ${version} is in an event`;
}

/** The reason why dependencies differ, if the addition or removal of each differing job is in no event. */
export function excuseForDependencies(
  recording: Recording,
  recorded: readonly string[],
  planned: readonly string[],
): string | null {
  const lacking = recorded.filter((id) => !planned.some((other) => isSameJob(id, other)));
  const surplus = planned.filter((id) => !recorded.some((other) => isSameJob(id, other)));
  if (lacking.length + surplus.length === 0) return null;
  const lost =
    lacking.every((id) => !recording.written.has(id)) && surplus.every((id) => !recording.departures.has(id));
  return lost ? `the coming or going of ${[...lacking, ...surplus].join(', ')} is in no event` : null;
}

function hasState(recording: Recording, path: string, version: number): boolean {
  return (recording.states.get(path) ?? []).some((seen) => seen.version === version);
}

/** Whether the /config of a version is in an event. */
function hasVersion(recording: Recording, path: string, version: number): boolean {
  return (recording.configs.get(path) ?? []).some((seen) => seen.version === version);
}

/**
 * A version of a resource that was written before `place` and is in no event. It must lie between the last version seen
 * before, and the next one that the configs, states and jobs mention.
 */
function missingVersion(recording: Recording, path: string, place: number): number | null {
  const configs = recording.configs.get(path) ?? [];
  const before = configs.filter((seen) => seen.place <= place).at(-1)?.version ?? 0;
  const next = configs.find((seen) => seen.place > place)?.version;
  if (next !== undefined && next > before + 1) return before + 1;
  const mentioned = [
    ...(recording.states.get(path) ?? []).map((seen) => seen.version),
    ...(recording.jobVersions.get(path) ?? []),
  ];
  const proven = mentioned.some((version) => version > before && version < (next ?? Number.POSITIVE_INFINITY));
  return proven || (before === 0 && next === undefined) ? before + 1 : null;
}
