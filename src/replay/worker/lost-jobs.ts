import { pathKey, ResourceViews } from '../../controller/index.ts';
import {
  decodeConfig,
  decodeState,
  type Family,
  parseResourceKey,
  READ_COMPLETE,
  stackName,
} from '../../records/index.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import type { RecordedRun } from '../run-folder.ts';
import type { EvidenceList } from './evidence-list.ts';
import type { RecordedTurns } from './recorded-turns.ts';

/**
 * The resources ('type:id') for which a job must be missing, and the reason: a version exists that no job is about and
 * that wasn't merely read; or the log of Heat or of the worker has more entries than there are jobs.
 */
export function lostJobs(
  { model, events }: RecordedRun,
  { turns, strays }: RecordedTurns,
  { strayCalls, strayResults }: EvidenceList,
): ReadonlyMap<string, string> {
  const views = new ResourceViews(model);
  const answered = new Set([...turns.map(({ job }) => job.job_name), ...readVersions(events, views)]);
  const lost = new Map<string, string>();
  for (const { kind, key, value } of events) {
    const path = views.pathOf(key);
    const family = parseResourceKey(key)?.family;
    const version = kind === 'delete' ? undefined : versionIn(family, value);
    if (path === null || version === undefined || answered.has(`${path}:${version}`)) continue;
    lost.set(path, `the job of ${path}:${version} is in no event`);
  }
  const surplus = 'the logs tell of more jobs than the events hold';
  for (const { path } of strayResults) lost.set(path, surplus);
  for (const { key } of strays) lost.set(views.pathOf(key) ?? '', surplus);
  const stacks = new Set(strayCalls.map(({ stack }) => stack));
  for (const { job } of turns) {
    const { resource_type: type, resource_id: id } = job;
    if (stacks.has(stackName(type, id))) lost.set(pathKey(type, id), surplus);
  }
  return lost;
}

function versionIn(family: Family | undefined, value: string): number | undefined {
  if (family === 'config') return decodeConfig(value)?.version;
  return family === 'state' ? decodeState(value)?.version : undefined;
}

/** 'type:id:version' of versions that were only read, without work. */
function readVersions(events: readonly RecordedEvent[], views: ResourceViews): readonly string[] {
  return events.flatMap(({ kind, key, value }) => {
    const state = kind === 'delete' ? null : decodeState(value);
    return state?.state.worker_state === READ_COMPLETE ? [`${views.pathOf(key)}:${state.version}`] : [];
  });
}
