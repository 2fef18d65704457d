import { errorText, isKamadoError, limits, nextTurn, sleep, type Timer, waitingForSpace } from '../kernel/index.ts';
import { keys, parseFailureKey, parseJobId, parseJobKey, parseResourceKey } from '../records/index.ts';
import { type Compare, holds, type KeyValue, oneKey, type StoreEvent, type TransactionResult } from '../store/index.ts';
import { Batch } from './batch.ts';
import type { ControllerContext } from './controller-context.ts';
import type { ControllerState } from './controller-state.ts';
import { FailedItems } from './failed-items.ts';
import { type ItemContext, reconcileItem } from './reconcile-item.ts';
import { pathKey } from './resource-view.ts';
import { nextTrialMs } from './suspects.ts';
import { Unresolved } from './unresolved.ts';
import { type WorkItem, WorkList } from './work-list.ts';
import type { Writes } from './writes.ts';

/**
 * The controller's loop: receives the changes of the store, and reconciles one item after the other. The writes of
 * several items go to the store as one transaction, fenced by the leader's key. So a burst of changes costs few round
 * trips, and a single change costs one.
 */
export class Reactor {
  readonly #context: ControllerContext;
  readonly #guard: Compare;
  readonly #state: ControllerState;
  readonly #list = new WorkList();
  readonly #reconciling: ItemContext;
  readonly #unresolved = new Unresolved();
  /** The watch's events that arrived while a transaction was being sent. */
  #received: (() => void)[] = [];
  /** Items that wait until the watch has reached a revision. */
  #postponed: { readonly revision: number; readonly item: WorkItem }[] = [];
  #sending = false;
  /** The timer for jobs that lost a worker, which are reconciled even if nothing has changed. */
  #trial: Timer | null = null;
  /**
   * The largest number of items in one transaction; small for a while after a transaction that the full store refused.
   */
  #mostItems = Number.POSITIVE_INFINITY;
  readonly #pauses = waitingForSpace();
  readonly #failed: FailedItems;

  /** @param guard holds while this controller leads */
  constructor(context: ControllerContext, guard: Compare, state: ControllerState) {
    this.#context = context;
    this.#guard = guard;
    this.#state = state;
    this.#failed = new FailedItems(context.runtime, (item) => this.#list.push(item));
    this.#reconciling = {
      model: context.model,
      resources: state.resources,
      jobs: state.jobs,
      lookup: (type, id) => state.resources.body(type, id),
      canModify: (handler) => state.canModify(handler),
      randomInteger: context.runtime.randomInteger,
      onUnresolved: (path, awaits) => this.#unresolved.set(path, awaits),
      hasWorker: (handler) => state.hasWorker(handler),
      request: (key) => state.request(key),
      nowMs: context.runtime.nowMs,
    };
  }

  onSnapshot(entries: readonly KeyValue[], revision: number): void {
    this.#receive(() => {
      this.#state.mirror.reset(entries, revision);
      for (const item of this.#state.everything()) this.#list.push(item);
      this.#resume();
    });
  }

  onEvents(events: readonly StoreEvent[], revision: number): void {
    this.#receive(() => {
      this.#state.mirror.watch(events, revision);
      const paths = new Set(events.flatMap((event) => this.#notice(event)));
      for (const path of this.#state.order.usersFirst([...paths])) this.#list.push({ kind: 'resource', path });
      this.#resume();
    });
  }

  /** Works until `ended` aborts. Throws the store's errors: the outcome of a write is then unknown. */
  async run(ended: AbortSignal): Promise<void> {
    try {
      while (!ended.aborted) {
        await this.#list.wait(ended);
        if (ended.aborted || !(await this.#runBatch(ended, this.#mostItems))) return;
      }
    } finally {
      this.#trial?.cancel();
      this.#failed.close();
    }
  }

  #receive(apply: () => void): void {
    if (this.#sending) this.#received.push(apply);
    else apply();
  }

  /** Queues the jobs that an event concerns, and returns the resources to reconcile. */
  #notice(event: StoreEvent): readonly string[] {
    const key = event.type === 'put' ? event.entry.key : event.key;
    const job = parseJobKey(key);
    if (job !== null) {
      if (job.queue === 'finished' && event.type === 'put') this.#list.push({ kind: 'finished', jobId: job.jobId });
      // The claim ended: by a result, or because the worker was lost.
      if (job.queue === 'working' && event.type === 'delete') this.#list.push({ kind: 'putBack', jobId: job.jobId });
      // Jobs for which suspects wait may have ended.
      if (event.type === 'delete') this.#queueSuspects();
      return [];
    }
    if (event.type === 'put' && key.startsWith(keys.jobRequests)) this.#list.push({ kind: 'request', key });
    const noted = event.type === 'put' ? parseFailureKey(key) : null;
    // A failure record is written with the end of its resource, or after it.
    if (noted !== null) return this.#state.resources.get(noted).config === null ? [noted] : [];
    if (parseResourceKey(key)?.family !== 'config') return [];
    const path = this.#state.resources.pathOf(key);
    return path === null ? [] : [path, ...this.#unresolved.waitingFor(path)];
  }

  /** Reconciles up to `most` items and sends their writes. False if another controller leads. */
  async #runBatch(ended: AbortSignal, most: number): Promise<boolean> {
    const batch = this.#collect(most);
    if (batch.isEmpty) {
      // The items needed no writes; other tasks get a turn before the rest.
      if (!this.#list.isEmpty) await nextTurn(this.#context.runtime);
      return true;
    }
    const result = await this.#send(batch).catch((error: unknown) => {
      if (isKamadoError(error, 'STORAGE_FULL')) return null;
      throw error;
    });
    if (result === null) return await this.#waitForRoom(ended, batch);
    if (result.succeeded) {
      this.#mostItems *= 2;
      this.#pauses.reset();
      this.#followUp(batch);
      return true;
    }
    if (!this.#stillLeads(result)) return false;
    return await this.#retry(ended, batch, result.revision);
  }

  #collect(most: number): Batch {
    const batch = new Batch();
    for (let tried = 0; tried < limits.controllerTurnItems && batch.items.length < most; tried++) {
      const item = this.#list.shift();
      if (item === undefined) break;
      const writes = this.#writesFor(item);
      if (item.kind === 'suspects') this.#awaitTrial();
      if (writes.operations.length === 0) continue;
      if (!batch.accepts(writes, this.#state.mirror)) {
        this.#list.putFirst(item);
        break;
      }
      batch.add(item, writes);
      this.#state.mirror.stage(writes.operations);
    }
    return batch;
  }

  #queueSuspects(): void {
    if (this.#state.jobs.hasHeld) this.#list.push({ kind: 'suspects' });
  }

  #awaitTrial(): void {
    const { runtime } = this.#context;
    this.#trial?.cancel();
    const delayMs = nextTrialMs({ ...this.#reconciling, views: this.#state.jobs });
    this.#trial = delayMs === null ? null : runtime.after(delayMs, () => this.#queueSuspects());
  }

  #writesFor(item: WorkItem): Writes {
    try {
      if (item.kind === 'resource') this.#unresolved.delete(item.path);
      const writes = reconcileItem(this.#reconciling, item);
      this.#failed.remove(item);
      return writes;
    } catch (error) {
      // An item that can't be reconciled must not hold up the others.
      const again = this.#failed.add(item);
      const reason = errorText(error);
      this.#context.log.error({ ...item, reason, ...again }, 'An item could not be reconciled yet.');
      return { compare: [], operations: [] };
    }
  }

  async #send(batch: Batch): Promise<TransactionResult> {
    const { mirror } = this.#state;
    this.#sending = true;
    let confirmed = false;
    try {
      const result = await this.#context.store.transact({
        compare: [this.#guard, ...batch.compare],
        success: batch.operations,
        failure: [{ type: 'get', range: oneKey(keys.controllerLeader) }],
      });
      if (result.succeeded) mirror.confirm(result.revision);
      confirmed = result.succeeded;
      return result;
    } finally {
      if (!confirmed) mirror.takeBack();
      this.#sending = false;
      const received = this.#received;
      this.#received = [];
      for (const apply of received) apply();
    }
  }

  /**
   * Nothing was written, since the store is full. The items are sent one by one from now on, and after all others:
   * deletions that free space come before writes that need it.
   */
  async #waitForRoom(ended: AbortSignal, batch: Batch): Promise<boolean> {
    for (const item of batch.items) this.#list.push(item);
    this.#mostItems = 1;
    await sleep(this.#context.runtime, this.#pauses.nextMs(), ended);
    return true;
  }

  #stillLeads({ results }: TransactionResult): boolean {
    const [leader] = results;
    return leader?.type === 'get' && holds(leader.entries[0] ?? null, this.#guard);
  }

  /**
   * A comparison failed. The items are sent one by one: those that were right succeed; the other waits for the watch.
   */
  async #retry(ended: AbortSignal, batch: Batch, revision: number): Promise<boolean> {
    const [only, ...others] = batch.items;
    if (only !== undefined && others.length === 0) {
      this.#afterRevision(revision, only);
      return true;
    }
    for (const item of batch.items.toReversed()) this.#list.putFirst(item);
    for (let left = batch.items.length; left > 0 && !ended.aborted; left--) {
      if (!(await this.#runBatch(ended, 1))) return false;
    }
    return true;
  }

  /** Reconciles an item again once the watch has reached `revision`. */
  #afterRevision(revision: number, item: WorkItem): void {
    if (this.#state.mirror.watchedRevision >= revision) this.#list.push(item);
    else this.#postponed.push({ revision, item });
  }

  #resume(): void {
    const { watchedRevision } = this.#state.mirror;
    const due = this.#postponed.filter(({ revision }) => revision <= watchedRevision);
    if (due.length === 0) return;
    this.#postponed = this.#postponed.filter(({ revision }) => revision > watchedRevision);
    for (const { item } of due) this.#list.push(item);
  }

  /**
   * Queues the items that follow from successful writes and that the watch doesn't report: the jobs that waited for
   * those that have left.
   */
  #followUp({ items, operations }: Batch): void {
    const { jobs } = this.#state;
    this.#queueSuspects();
    for (const item of items) {
      if (item.kind === 'finished' && jobs.entry('finished', item.jobId) !== undefined) this.#list.push(item);
    }
    const left = operations.flatMap((operation) => {
      const key = operation.type === 'delete' ? parseJobKey(operation.range.from) : null;
      return key?.queue === 'all' ? [key.jobId] : [];
    });
    // A failed job may have waited for them before it can cancel the rest.
    if (left.length > 0) for (const jobId of jobs.ids('finished')) this.#list.push({ kind: 'finished', jobId });
    for (const jobId of left) {
      for (const dependent of jobs.dependentsOf(jobId)) this.#list.push({ kind: 'promote', jobId: dependent.id });
      const job = parseJobId(jobId);
      if (job !== null) this.#list.push({ kind: 'resource', path: pathKey(job.type, job.resourceId) });
    }
  }
}
