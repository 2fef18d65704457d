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
  /** Changes of the store as JSON lines; they say when there is more to read. */
  readonly changes: AsyncIterable<string>;
  readonly ending: AbortSignal;
}

/** The rooms whose writes make up the way of a resource. */
const writers = ['sync', 'controller', 'worker'];
/** A change is in the store a moment before it is in the timeline; some never are. */
const CATCH_UP_MS = 1_000;
/** The status follows the state through the sync and the database. */
const STATUS_MS = 5_000;
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 50;

/**
 * Prints a resource's timeline, what is recorded and then what is added, until the resource has come to rest: it has a
 * state, no job of it is left, and its status isn't pending. Returns the status; '' where it was ended before.
 */
export async function followTimeline({ client, resource, changes, ending }: FollowOptions): Promise<string> {
  const reader = createReader(client, resource);
  // What came just before the changes began to be told may not be recorded yet, and nothing may come after it.
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
  /** Prints what is new. Returns the revision that it has come to. */
  readonly readOn: () => Promise<number>;
  /** Whether, as far as it has come, there is a state and nothing more to be done. */
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

/** Jobs that are on their way: '/jobs/all' holds each from its beginning to its end. */
function countJob(jobs: Set<string>, { key, action }: RecordedChange): void {
  if (!key.startsWith('/jobs/all/')) return;
  if (action === 'create') jobs.add(key);
  else if (action !== 'update') jobs.delete(key);
}

/** The status, where the timeline is done and the status has followed; else null. */
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

/** The revision of a change that speaks of the resource, or null. */
function revisionOf(line: string, id: string): number | null {
  const change = parseJson(line);
  if (!isJsonObject(change) || typeof change.key !== 'string' || typeof change.modRevision !== 'number') return null;
  return change.key.includes(id) ? change.modRevision : null;
}

/** Asks until the answer is yes, or the time is up, or the end has come. */
async function until(ask: () => Promise<boolean>, patienceMs: number, ending: AbortSignal): Promise<void> {
  const deadline = systemRuntime.monotonicMs() + patienceMs;
  let pauseMs = FIRST_PAUSE_MS;
  while (!ending.aborted && !(await ask()) && systemRuntime.monotonicMs() < deadline) {
    await sleep(systemRuntime, pauseMs, ending);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
}
