import { createWriteStream } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import {
  errorText,
  isKamadoError,
  isMissing,
  type Json,
  type JsonObject,
  kamadoError,
  makeFolder,
  parseJson,
} from '../kernel/index.ts';
import { runFiles } from './run-folder.ts';

/** A change of the store, or an entry that existed at the beginning. */
export interface StoreChange {
  readonly kind: 'held' | 'create' | 'set' | 'delete';
  readonly key: string;
  readonly value: string;
  readonly revision: number;
}

/** Writes a run folder. */
export interface RunWriter {
  readonly write: (change: StoreChange, time: Date) => Promise<void>;
  /** Ends the folder; without the end, the folder isn't marked as lossless. */
  readonly end: () => Promise<void>;
}

const files = { events: 'events_full.jsonl', schemas: 'schemas.json' } as const;

/** The keys that a replay can use; others belong to this installation. */
const recorded = [
  '/config/',
  '/state/',
  '/monitoring/',
  '/jobs/',
  '/esi-worker/',
  '/kamado/applied/',
  '/kamado/handlers/',
  '/kamado/workers/',
  '/kamado/job_losses/',
  '/kamado/job_failures/',
];

/** Refuses a folder that exists and isn't empty, before any request to a server. @throws RUN_UNWRITABLE */
export async function checkRunFolder(path: string): Promise<void> {
  try {
    if ((await readdir(path)).length > 0) throw kamadoError('RUN_UNWRITABLE', { path, reason: 'it is not empty' });
  } catch (error) {
    if (!isMissing(error)) throw unwritable(path, error);
  }
}

/** Begins a run in a folder that is empty or doesn't exist yet. @throws RUN_UNWRITABLE */
export async function createRunFolder(path: string, schemas: readonly JsonObject[]): Promise<RunWriter> {
  try {
    makeFolder(path);
    await checkRunFolder(path);
    await writeFile(join(path, files.schemas), JSON.stringify({ schemas }, null, 1));
    await describe(path, false);
    return openWriter(path);
  } catch (error) {
    throw unwritable(path, error);
  }
}

function openWriter(path: string): RunWriter {
  const stream = createWriteStream(join(path, files.events));
  const ended = finished(stream);
  let index = 0;
  // The error is thrown by `end` or by the next write.
  ended.catch(() => undefined);
  return {
    write: async (change, time) => {
      if (!recorded.some((prefix) => change.key.startsWith(prefix))) return;
      const line = JSON.stringify(eventOf(change, ++index, time));
      if (stream.errored !== null) throw unwritable(path, stream.errored);
      if (!stream.write(`${line}\n`))
        await Promise.race([new Promise<void>((resolve) => stream.once('drain', () => resolve())), ended]);
    },
    end: async () => {
      try {
        stream.end();
        await ended;
        await describe(path, true);
      } catch (error) {
        throw unwritable(path, error);
      }
    },
  };
}

function eventOf({ kind, key, value, revision }: StoreChange, index: number, time: Date): JsonObject {
  const action = kind === 'held' ? 'get' : kind;
  const parsed: Json = kind === 'delete' ? null : (parseJson(value) ?? value);
  return { ts: time.toISOString(), index, revision, action, key, value: typeof parsed === 'object' ? parsed : value };
}

function describe(path: string, lossless: boolean): Promise<void> {
  const run = { generation: 'kamado', lossless, level_triggered: true, ...files };
  return writeFile(join(path, runFiles.run), `${JSON.stringify(run, null, 1)}\n`);
}

function unwritable(path: string, error: unknown): Error {
  if (isKamadoError(error)) return error;
  return kamadoError('RUN_UNWRITABLE', { path, reason: errorText(error) }, { cause: error });
}
