import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '../src/app/process/index.ts';
import { startController } from '../src/controller/index.ts';
import { limits, silentLog } from '../src/kernel/index.ts';
import { completedState, encodeConfig, encodeProcessed, encodeState, jobKey, keys } from '../src/records/index.ts';
import { type Operation, type Store, signed, withPrefix } from '../src/store/index.ts';
import { startWorker, type Worker } from '../src/worker/index.ts';
import { Desk, keyOf, workModel } from '../test/support/work.ts';
import { inParallel } from './client.ts';

/** The number of puts in one transaction, as sync makes them. */
const BATCH = 100;

/** The number of operations in one transaction that fills a store. */
const FILL = 120;

/** The interval of checks for completion: long enough not to cost much time. */
const LOOK_MS = 5;

/** The components between /config and /state on one store: a controller, and a worker whose handler does nothing. */
export class Work {
  readonly store: Store;
  #runs = 0;
  #worker: Worker | null = null;
  readonly #stopController: () => Promise<void>;
  /** Called when the handler runs: then a job is claimed. */
  onRun: () => void = () => {};

  constructor(store: Store) {
    this.store = store;
    const { close } = startController(componentContext(store, 'controller'), fail);
    this.#stopController = close;
  }

  startWorker(): void {
    const run = async () => {
      this.#runs++;
      this.onRun();
      return {};
    };
    const handlers = [{ name: 'builder', canModify: true, run }];
    this.#worker = startWorker({ ...componentContext(this.store, 'worker'), handlers });
  }

  /** Puts configs of a version, in batches, and resolves when the last trace of their jobs is gone. */
  async done(ids: readonly string[], version: number): Promise<void> {
    const runs = this.#runs + ids.length;
    await putConfigs(this.store, ids, version);
    while (this.#runs < runs) await pause(LOOK_MS);
    await this.idle();
  }

  /** Resolves when there is no job. */
  async idle(): Promise<void> {
    while ((await countOf(this.store, keys.jobs)) > 0) await pause(LOOK_MS);
  }

  /** Resolves when that many jobs can be claimed. */
  async untilReady(count: number): Promise<void> {
    while ((await countOf(this.store, jobKey('ready', ''))) < count) await pause(LOOK_MS);
  }

  async close(): Promise<void> {
    await this.#worker?.close();
    await this.#stopController();
  }
}

function componentContext(store: Store, component: string) {
  return { runtime: systemRuntime, log: silentLog, model: workModel, store: signed(store, systemRuntime, component) };
}

function fail(error: unknown): void {
  throw error;
}

/** Puts the templates, from which mappings are read. */
export async function putTemplates(store: Store): Promise<void> {
  await new Desk(store).templates();
}

/** The number of keys with a prefix. */
export async function countOf(store: Store, prefix: string): Promise<number> {
  return (await store.get(withPrefix(prefix), { limit: 1, keysOnly: true })).count;
}

/** Puts configs of a version, in batches. */
export async function putConfigs(store: Store, ids: readonly string[], version: number): Promise<void> {
  for (let first = 0; first < ids.length; first += BATCH) {
    const success = ids.slice(first, first + BATCH).map((id) => putConfig(id, bodyOf(id, version), version));
    await store.transact({ success });
  }
}

/** Puts resources as they are after the work on their first version. */
export async function fill(store: Store, ids: readonly string[]): Promise<void> {
  const operations = ids.flatMap((id): Operation[] => {
    const body = bodyOf(id, 1);
    const processed = encodeProcessed({ body, version: 1, deleted: false });
    return [
      putConfig(id, body, 1),
      { type: 'put', key: keyOf('processed', 'part', id), value: processed },
      { type: 'put', key: keyOf('state', 'part', id), value: encodeState(completedState('create', 1, {})) },
    ];
  });
  await inParallel(Math.ceil(operations.length / FILL), 16, async (n) => {
    await store.transact({ success: operations.slice(n * FILL, (n + 1) * FILL) });
  });
}

/** A config of a type with a handler; `on` names the resource that it depends on. */
export function putConfig(id: string, body: { readonly [name: string]: string }, version: number): Operation {
  return {
    type: 'put',
    key: keyOf('config', 'part', id),
    value: encodeConfig(JSON.stringify(body), version, false),
  };
}

/** A body as large as a small resource of the network catalogue. */
export function bodyOf(id: string, version: number): { readonly [name: string]: string } {
  return {
    id,
    name: `${id} in version ${version}`,
    description: 'x'.repeat(200),
    tenant_id: '1f2a6c2e9b8d4e0f8a7b6c5d4e3f2a1b',
  };
}

/** The ids of resources, from the `first` one on. */
export function idsFrom(first: number, count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => `00000000-0000-4000-8000-${String(first + n).padStart(12, '0')}`);
}

/**
 * Milliseconds of a transaction with one put and one compare, as many at once as a worker has jobs: the cost of the
 * store alone on this machine.
 */
export async function rawTransactionMs(store: Store, count: number, bytes: number): Promise<number> {
  const value = 'x'.repeat(bytes);
  const prefix = `/raw/${performance.now()}`;
  const began = performance.now();
  await inParallel(count, limits.workerSlots, async (n) => {
    const key = `${prefix}/${n}`;
    await store.transact({
      compare: [{ key, target: 'createRevision', is: '=', value: 0 }],
      success: [{ type: 'put', key, value }],
    });
  });
  return (performance.now() - began) / count;
}
