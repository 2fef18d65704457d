import { systemRuntime } from '../src/app/process/index.ts';
import {
  createDiagram,
  entryOf,
  type HttpClient,
  objectOf,
  outputWidth,
  printLines,
  type RecordedChange,
  readTimeline,
  type ServedType,
  wantsColour,
} from '../src/cli/index.ts';
import { isJsonObject, parseJson, sleep } from '../src/kernel/index.ts';

export interface FollowOptions {
  readonly client: HttpClient;
  readonly resource: { readonly type: ServedType; readonly id: string };
  /** Changes of the store as JSON lines, which show when there is more to read. */
  readonly changes: AsyncIterable<string>;
  readonly ending: AbortSignal;
}

/** The components whose writes form the path of a resource. */
const writers = ['sync', 'controller', 'worker'];
/** A change is in the store a moment before it is in the timeline. Some changes never are. */
const CATCH_UP_MS = 1_000;
/** The status follows the state through the sync and the database. */
const STATUS_MS = 5_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/**
 * Prints a resource's timeline, recorded entries and then new ones, until the resource is settled: it has a state, it
 * has no job left, and its status isn't pending. Returns the status, or '' if it was ended before.
 */
export async function followTimeline({ client, resource, changes, ending }: FollowOptions): Promise<string> {
  const reader = createReader(client, resource);
  // A change just before the stream began may not be recorded yet, and nothing may come after it.
  await until(async () => (await reader.readOn()) > 0 && reader.isDone(), CATCH_UP_MS, ending);
  const recorded = await restingStatus(client, resource, reader, ending);
  if (recorded !== null) return recorded;
  for await (const line of changes) {
    const revision = revisionOf(line, resource.id);
    if (revision === null) continue;
    await until(async () => (await reader.readOn()) >= revision, CATCH_UP_MS, ending);
    const status = await restingStatus(client, resource, reader, ending);
    if (status !== null) return status;
  }
  return '';
}

interface Reader {
  /** Prints new entries. Returns the revision of the last one. */
  readonly readOn: () => Promise<number>;
  /** Whether there is a state and no job left, according to the printed entries. */
  readonly isDone: () => boolean;
}

function createReader(client: HttpClient, { type, id }: FollowOptions['resource']): Reader {
  const diagram = createDiagram({
    resource: { url: type.url, id },
    writers,
    width: outputWidth(),
    colour: wantsColour(),
  });
  const jobs = new Set<string>();
  let revision = 0;
  let hasState = false;
  return {
    readOn: async () => {
      const recorded = ((await readTimeline(client, type, id, revision)) ?? []).map(entryOf);
      for (const change of recorded) {
        countJob(jobs, change);
        if (change.key.startsWith('/state/')) hasState = true;
      }
      printLines(diagram.add(recorded));
      revision = recorded.at(-1)?.revision ?? revision;
      return revision;
    },
    isDone: () => hasState && jobs.size === 0,
  };
}

/** Counts pending jobs: '/jobs/all' holds each from its beginning to its end. */
function countJob(jobs: Set<string>, { key, action }: RecordedChange): void {
  if (!key.startsWith('/jobs/all/')) return;
  if (action === 'create') jobs.add(key);
  else if (action !== 'update') jobs.delete(key);
}

/** Returns the status if the timeline is complete and the status has followed. Otherwise null. */
async function restingStatus(
  client: HttpClient,
  { type, id }: FollowOptions['resource'],
  reader: Reader,
  ending: AbortSignal,
): Promise<string | null> {
  if (!reader.isDone()) return null;
  let resting: string | null = null;
  const ask = async (): Promise<boolean> => {
    const answer = await client.send('GET', `${type.url}/${id}`);
    const resource = objectOf(client, answer)[type.singular];
    const status = isJsonObject(resource) ? resource.status : undefined;
    if (typeof status === 'string' && !/^(?:PENDING|NO_STATE)/.test(status)) resting = status;
    return resting !== null;
  };
  await until(ask, STATUS_MS, ending);
  return resting;
}

/** The revision of a change that is about the resource, or null. */
function revisionOf(line: string, id: string): number | null {
  const change = parseJson(line);
  if (!isJsonObject(change) || typeof change.key !== 'string' || typeof change.modRevision !== 'number') return null;
  return change.key.includes(id) ? change.modRevision : null;
}

/** Repeats a check until it succeeds, the time is up, or the end was requested. */
async function until(ask: () => Promise<boolean>, patienceMs: number, ending: AbortSignal): Promise<void> {
  const deadline = systemRuntime.monotonicMs() + patienceMs;
  let pauseMs = FIRST_PAUSE_MS;
  while (!ending.aborted && !(await ask()) && systemRuntime.monotonicMs() < deadline) {
    await sleep(systemRuntime, pauseMs, ending);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
