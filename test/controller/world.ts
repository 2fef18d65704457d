import assert from 'node:assert/strict';
import { ControllerState } from '../../src/controller/controller-state.ts';
import { type ItemContext, reconcileItem } from '../../src/controller/reconcile-item.ts';
import type { WorkItem } from '../../src/controller/work-list.ts';
import type { Writes } from '../../src/controller/writes.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { type ConfigRecord, decodeConfig, encodeConfig } from '../../src/records/config-record.ts';
import { encodeHandler, handlerKey } from '../../src/records/handler-record.ts';
import { decodeJob, type Job } from '../../src/records/job.ts';
import { decodeAnswer, encodeRequest, type JobAnswer, requestKey } from '../../src/records/job-request.ts';
import { families, type JobQueue, jobKey } from '../../src/records/keys.ts';
import { decodeState, type StateRecord } from '../../src/records/state-record.ts';
import type { Compare, KeyValue, Operation, StoreEvent } from '../../src/store/store.ts';
import { finishOperations } from '../../src/worker/claim.ts';
import { keyOf as resourceKeyOf, templates, typeOf, workModel } from '../support/work.ts';
import { keyOf } from './queue.ts';
import { shown } from './shown.ts';

const HOUR_MS = 3_600_000;

export type AskedOfJob =
  | { readonly kind: 'retry'; readonly jobId: string }
  | { readonly kind: 'cancel'; readonly jobId: string; readonly dryRun: boolean; readonly dependents: number | null };

/**
 * The store, a controller's own knowledge of it, and the workers, as one thing that moves when it is told to: nothing
 * waits, and nothing comes between. The controller's functions are the real ones; all else is played.
 */
export class World {
  /** Everything that is in the store, by key. */
  readonly entries = new Map<string, KeyValue>();
  state = new ControllerState(workModel);
  /** Handlers that no worker has. */
  readonly unserved = new Set<string>();
  #requests = 0;
  /** Hears of each transaction, before the controller does. */
  onWritten: (operations: readonly Operation[]) => void = () => {};
  /** Hears what the controller is about to write, with the randomness that it had. */
  onPlanned: (item: WorkItem, writes: Writes, seed: number) => void = () => {};
  /** Is called once, when the next transaction of the controller is on its way to the store. */
  onTheWay: (() => void) | null = null;
  #revision = 1;
  #seed = 1;
  /** What the controller is told when its transaction is through; null: at once. */
  #heard: (() => void)[] | null = null;

  constructor() {
    this.write([
      { type: 'put', key: handlerKey('looker'), value: encodeHandler({ handler: 'looker', canModify: false }) },
    ]);
    for (const [id, parameter_mappings] of Object.entries(templates)) {
      this.configure('heat_template', id, { parameter_mappings });
    }
  }

  /** Another controller takes over, which knows nothing but the store. */
  restart(): void {
    this.state = this.freshState();
  }

  freshState(): ControllerState {
    const state = new ControllerState(workModel);
    // As a store lists them.
    const listed = [...this.entries.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
    state.mirror.reset(listed, this.#revision);
    return state;
  }

  /** What sync writes of a resource's row: its next version. */
  configure(type: string, id: string, body: JsonObject, markedForDeletion = false): number {
    const version = (this.config(type, id)?.version ?? 0) + 1;
    const value = encodeConfig(JSON.stringify({ id, ...body }), version, markedForDeletion);
    this.write([{ type: 'put', key: resourceKeyOf('config', type, id), value }]);
    return version;
  }

  /** What sync does when the row is gone. */
  remove(type: string, id: string): void {
    const keys = [resourceKeyOf('config', type, id), resourceKeyOf('state', type, id)];
    this.write(keys.map((key) => ({ type: 'delete', range: { from: key } })));
  }

  config(type: string, id: string): ConfigRecord | null {
    const entry = this.entries.get(resourceKeyOf('config', type, id));
    return entry === undefined ? null : decodeConfig(entry.value);
  }

  stateOf(type: string, id: string): StateRecord | null {
    const entry = this.entries.get(resourceKeyOf('state', type, id));
    return entry === undefined ? null : decodeState(entry.value);
  }

  /** The keys that are left of a resource, in any family. */
  traces(type: string, id: string): readonly string[] {
    const keys = (Object.keys(families) as (keyof typeof families)[]).map((family) => resourceKeyOf(family, type, id));
    return keys.filter((key) => this.entries.has(key));
  }

  /** The controller looks at everything until nothing is left to be written. */
  look(): void {
    for (let pass = 0; ; pass++) {
      assert.ok(pass < 100, 'the controller never comes to rest');
      const found = this.state.everything().filter((item) => this.#reconcileItem(item));
      if (found.length === 0) return;
    }
  }

  /** What the controller `state` would write about an item, with the randomness of `seed`. */
  writesFor(state: ControllerState, item: WorkItem, seed: number): Writes {
    return reconcileItem(reconciling(state, seed, this.unserved), item);
  }

  #reconcileItem(item: WorkItem): boolean {
    const seed = ++this.#seed;
    const writes = this.writesFor(this.state, item, seed);
    if (writes.operations.length === 0) return false;
    this.onPlanned(item, writes, seed);
    assert.ok(writes.operations.length <= limits.transactionOperations - 3, `${writes.operations.length} operations`);
    const before = shown(this.state);
    this.state.mirror.stage(writes.operations);
    this.state.mirror.takeBack();
    assert.deepEqual(shown(this.state), before, 'what was staged and taken back has left something');
    this.#send(item, writes);
    return true;
  }

  #send(item: WorkItem, { compare, operations }: Writes): void {
    const { mirror } = this.state;
    mirror.stage(operations);
    const isAlone = this.onTheWay === null;
    const heard: (() => void)[] = [];
    this.#heard = heard;
    this.onTheWay?.();
    this.onTheWay = null;
    const failed = compare.find((one) => !this.#holds(one));
    if (failed === undefined) {
      const revision = this.write(operations);
      mirror.confirm(revision);
    } else {
      assert.ok(!isAlone, `${JSON.stringify(item)} compares ${JSON.stringify(failed)}`);
      mirror.takeBack();
    }
    this.#heard = null;
    for (const hear of heard) hear();
  }

  /** A worker takes a job that is ready. */
  claim(jobId: string): void {
    const job = this.job(jobId);
    assert.ok(this.entries.has(jobKey('ready', jobId)), `${jobId} is not ready`);
    this.write([
      { type: 'put', key: jobKey('working', jobId), value: 'w' },
      { type: 'delete', range: { from: jobKey('ready', jobId) } },
      ...(job.is_first
        ? [{ type: 'put', key: resourceKeyOf('jobState', job.resource_type, job.resource_id), value: '{}' } as const]
        : []),
    ]);
  }

  /** Its end: what a worker writes. */
  finish(jobId: string, error: string | null): void {
    const job = this.job(jobId);
    const key = jobKey('working', jobId);
    const claim = {
      job,
      attempt: 0,
      failures: 0,
      retry: null,
      stateForm: '2018',
      type: typeOf(job.resource_type),
      guard: { key, target: 'createRevision', is: '=', value: this.entries.get(key)?.createRevision ?? 0 },
      template: null,
      jobState: {},
    } as const;
    this.write(finishOperations(claim, { error, members: {} }));
  }

  /** The end of a claim without a result. */
  lose(jobId: string): void {
    this.write([{ type: 'delete', range: { from: jobKey('working', jobId) } }]);
  }

  /** What an operator asks of a job, and what comes of it: as the API, they take what was answered away. */
  ask(request: AskedOfJob): JobAnswer {
    const key = requestKey(String(++this.#requests));
    const atMs = (this.#seed + 1) * HOUR_MS;
    this.write([{ type: 'put', key, value: encodeRequest({ ...request, atMs }) }]);
    this.#reconcileItem({ kind: 'request', key });
    const answer = decodeAnswer(this.entries.get(key)?.value ?? '');
    assert.ok(answer, JSON.stringify(request));
    this.write([{ type: 'delete', range: { from: key } }]);
    return answer;
  }

  /** The ids of the jobs in a list of the store. */
  jobs(queue: JobQueue): readonly string[] {
    const prefix = jobKey(queue, '');
    return [...this.entries.keys()].flatMap((key) => (key.startsWith(prefix) ? [key.slice(prefix.length)] : [])).sort();
  }

  job(jobId: string): Job {
    const job = decodeJob(this.entries.get(jobKey('all', jobId))?.value ?? '')?.job;
    assert.ok(job, jobId);
    return job;
  }

  /** Writes, and lets the controller hear of it. Returns the revision. */
  write(operations: readonly Operation[]): number {
    const events = this.#apply(operations);
    const revision = this.#revision;
    this.onWritten(operations);
    const hear = (): void => this.state.mirror.watch(events, revision);
    if (this.#heard === null) hear();
    else this.#heard.push(hear);
    return revision;
  }

  #holds(compare: Compare): boolean {
    const entry = this.entries.get(compare.key);
    assert.ok(compare.is === '=' && (compare.target === 'createRevision' || compare.target === 'modRevision'));
    return (entry?.[compare.target] ?? 0) === compare.value;
  }

  #apply(operations: readonly Operation[]): readonly StoreEvent[] {
    this.#revision++;
    const written = new Set<string>();
    return operations.flatMap((operation): StoreEvent[] => {
      const key = keyOf(operation);
      assert.ok(!written.has(key) || operation.type === 'delete', `${key} is written twice`);
      written.add(key);
      const known = this.entries.get(key);
      if (operation.type === 'put') return [this.#put(key, operation.value, known)];
      if (!this.entries.delete(key)) return [];
      return [{ type: 'delete', key, modRevision: this.#revision, previous: null }];
    });
  }

  #put(key: string, value: string, known: KeyValue | undefined): StoreEvent {
    const entry: KeyValue = {
      key,
      value,
      createRevision: known?.createRevision ?? this.#revision,
      modRevision: this.#revision,
      version: (known?.version ?? 0) + 1,
      lease: null,
    };
    this.entries.set(key, entry);
    return { type: 'put', entry, previous: null };
  }
}

function reconciling(state: ControllerState, seed: number, unserved: ReadonlySet<string>): ItemContext {
  let random = seed;
  return {
    model: workModel,
    resources: state.resources,
    jobs: state.jobs,
    lookup: (type, id) => state.resources.body(type, id),
    canModify: (handler) => state.canModify(handler),
    randomInteger: (below) => {
      random = (random * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor(random / 65_536) % below;
    },
    onUnresolved: () => {},
    hasWorker: (handler) => !unserved.has(handler),
    request: (key) => state.request(key),
    // Time passes quickly: nothing is held back for long.
    nowMs: () => seed * HOUR_MS,
  };
}
