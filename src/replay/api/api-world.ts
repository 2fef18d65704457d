import { systemRuntime } from '../../app/process/index.ts';
import type { Catalog } from '../../catalog/index.ts';
import type { Database } from '../../database/index.ts';
import { openThrowAwaySystem } from '../../examples/index.ts';
import { type JsonObject, limits, nextTurn, type Runtime } from '../../kernel/index.ts';
import { decodeMonitoring, decodeState, parseResourceKey, type ResourceKey } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { Operation } from '../../store/index.ts';
import { operationsOf } from '../../sync/index.ts';
import { virtualRuntime } from '../virtual-runtime.ts';
import type { RequestMethod } from './recorded-requests.ts';

/** The answer to a client; the body is {} if it isn't an object. */
export interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}

/** A write of a key under /config; null: its deletion. */
export interface ConfigWrite {
  readonly key: string;
  readonly value: string | null;
}

/** A system in memory: the API and its database, without workers. */
export interface ApiWorld {
  /** Sets the clock. */
  readonly at: (timeMs: number) => void;
  readonly ask: (method: RequestMethod, path: string, body: JsonObject | null) => Promise<Answer>;
  /**
   * Applies a record of /state or /monitoring as sync does. Returns the outcome; null for a type without versions, on
   * which it has no effect.
   */
  readonly report: (key: ResourceKey, value: string) => Promise<string | null>;
  /** The new writes of the database under /config since the last call, in their order. */
  readonly writes: () => Promise<readonly ConfigWrite[]>;
  readonly close: () => Promise<void>;
}

/** Opens a system that serves a catalogue, starting at a time. The replay controls its clock and its random numbers. */
export async function openApiWorld(catalog: Catalog, timeMs: number): Promise<ApiWorld> {
  const { nowMs, at, uuid, randomInteger } = virtualRuntime();
  const runtime: Runtime = { ...systemRuntime, nowMs, uuid, randomInteger };
  at(timeMs);
  const { database, send, close } = await awake(openThrowAwaySystem(runtime, catalog));
  const queue = new EventQueue(database, catalog.model);
  return {
    at,
    ask: (method, path, body) => awake(send(method, path, body ?? undefined)),
    report: (key, value) => awake(report(database, catalog.model, key, value)),
    writes: () => awake(queue.process()),
    close: async () => {
      await awake(queue.settled());
      await awake(close());
    },
  };
}

async function report(database: Database, model: Model, key: ResourceKey, value: string): Promise<string | null> {
  const type = model.byUrl.get(key.url);
  if (type === undefined) return 'unknown';
  if (!type.versioned) return null;
  if (key.family === 'state') {
    const record = decodeState(value);
    return record === null ? 'refused' : await database.applyState(type.id, key.id, record);
  }
  const record = decodeMonitoring(value);
  if (record === null) return 'refused';
  return await database.applyMonitoring(type.id, key.id, record.version, record.fields);
}

/** The event queue of a database, processed as sync does. */
class EventQueue {
  readonly #database: Database;
  readonly #model: Model;
  readonly #processed = new Set<number>();
  #count = 0;
  #removals: Promise<unknown> = Promise.resolve();

  constructor(database: Database, model: Model) {
    this.#database = database;
    this.#model = model;
  }

  async process(): Promise<readonly ConfigWrite[]> {
    const writes: ConfigWrite[] = [];
    for (;;) {
      const events = await this.#database.nextEvents([...this.#processed], limits.eventBatchRows);
      if (events.length === 0) return writes;
      writes.push(...events.flatMap((event) => operationsOf(this.#model, event)).flatMap(configWrite));
      this.#remove(events.map(({ id }) => id));
    }
  }

  /** Resolves when all processed events are removed from the queue. */
  async settled(): Promise<void> {
    await this.#removals;
  }

  /** Removes events: the removal is part of the next commit. */
  #remove(ids: readonly number[]): void {
    this.#count += ids.length;
    for (const id of ids) this.#processed.add(id);
    const removal = this.#database.removeEvents(ids, this.#count).then(() => {
      for (const id of ids) this.#processed.delete(id);
    });
    this.#removals = Promise.all([this.#removals, removal]);
  }
}

function configWrite(operation: Operation): readonly ConfigWrite[] {
  const key = operation.type === 'put' ? operation.key : operation.range.from;
  if (parseResourceKey(key)?.family !== 'config') return [];
  return [{ key, value: operation.type === 'put' ? operation.value : null }];
}

/** Waits for a promise, and keeps the process alive meanwhile, which no timer of the virtual runtime does. */
async function awake<Result>(promise: Promise<Result>): Promise<Result> {
  let isSettled = false;
  const settle = (): void => {
    isSettled = true;
  };
  promise.then(settle, settle);
  while (!isSettled) await nextTurn(systemRuntime);
  return await promise;
}
