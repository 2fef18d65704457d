import { parseJobId } from '../records/job.ts';
import { keys, parseJobKey, parseResourceKey } from '../records/keys.ts';
import type { Term } from '../store/leadership.ts';
import { type KeyValue, oneKey, type StoreEvent, type TransactionResult } from '../store/store.ts';
import { Batch } from './batch.ts';
import type { ControllerContext } from './controller.ts';
import type { ControllerState } from './controller-state.ts';
import type { Writes } from './enqueue.ts';
import { type ReconcileContext, reconcile } from './reconcile.ts';
import { pathKey } from './resource-view.ts';
import { promoteIfFree, putBack, settleFinished, sweep } from './settle.ts';
import { type WorkItem, WorkList } from './work-list.ts';

/**
 * The heart of the controller: hears what changed, and looks at one thing after the other. What several items write
 * goes to the store as one transaction, fenced by the leader's key; so a burst costs few round trips, and one change
 * costs one.
 */
export class Reactor {
  readonly #context: ControllerContext;
  readonly #term: Term;
  readonly #state: ControllerState;
  readonly #list = new WorkList();
  readonly #reconciling: ReconcileContext;
  /** 'type:id' that is missing → the resources that can't be planned without it. */
  readonly #unresolved = new Map<string, Set<string>>();
  /** What the watch told while a transaction was under way. */
  #heard: (() => void)[] = [];
  /** Items that wait for the watch. */
  #postponed: { readonly revision: number; readonly item: WorkItem }[] = [];
  #sending = false;

  constructor(context: ControllerContext, term: Term, state: ControllerState) {
    this.#context = context;
    this.#term = term;
    this.#state = state;
    this.#reconciling = {
      model: context.model,
      resources: state.resources,
      jobs: state.jobs,
      lookup: (type, id) => state.resources.body(type, id),
      canModify: (handler) => state.canModify(handler),
      randomInteger: context.runtime.randomInteger,
      onUnresolved: (path, missing) => {
        this.#unresolved.set(missing, (this.#unresolved.get(missing) ?? new Set()).add(path));
      },
    };
  }

  onSnapshot(entries: readonly KeyValue[], revision: number): void {
    this.#hear(() => {
      this.#state.mirror.reset(entries, revision);
      for (const item of this.#state.everything()) this.#list.push(item);
      this.#resume();
    });
  }

  onEvents(events: readonly StoreEvent[], revision: number): void {
    this.#hear(() => {
      this.#state.mirror.watch(events, revision);
      for (const event of events) this.#notice(event);
      this.#resume();
    });
  }

  /** Works until the term has ended. Throws what the store threw: what became of a write is then unknown. */
  async run(): Promise<void> {
    while (!this.#term.ended.aborted) {
      await this.#list.wait(this.#term.ended);
      if (this.#term.ended.aborted) return;
      if (!(await this.#runBatch(Number.POSITIVE_INFINITY))) return;
    }
  }

  #hear(take: () => void): void {
    if (this.#sending) this.#heard.push(take);
    else take();
  }

  /** What an event makes worth looking at. */
  #notice(event: StoreEvent): void {
    const key = event.type === 'put' ? event.entry.key : event.key;
    const job = parseJobKey(key);
    if (job !== null) {
      if (job.queue === 'finished' && event.type === 'put') this.#list.push({ kind: 'finished', jobId: job.jobId });
      // A claim that ended: by its result, or because the worker was lost.
      if (job.queue === 'working' && event.type === 'delete') this.#list.push({ kind: 'putBack', jobId: job.jobId });
      return;
    }
    if (parseResourceKey(key)?.family !== 'config') return;
    const path = this.#state.resources.pathOf(key);
    if (path === null) return;
    this.#list.push({ kind: 'resource', path });
    for (const waiting of this.#unresolved.get(path) ?? []) this.#list.push({ kind: 'resource', path: waiting });
    this.#unresolved.delete(path);
  }

  /** Looks at up to `most` items and writes what they need. False when another controller leads. */
  async #runBatch(most: number): Promise<boolean> {
    const batch = this.#collect(most);
    if (batch.isEmpty) return true;
    const result = await this.#send(batch);
    if (result.succeeded) {
      for (const item of batch.items) this.#followUp(item);
      return true;
    }
    if (!this.#stillLeads(result)) return false;
    return await this.#retry(batch, result.revision);
  }

  #collect(most: number): Batch {
    const batch = new Batch();
    for (let item = this.#list.shift(); item !== undefined; item = this.#list.shift()) {
      const writes = this.#writesFor(item);
      if (writes.operations.length === 0) continue;
      if (!batch.accepts(writes, this.#state.mirror)) {
        this.#list.putFirst(item);
        break;
      }
      batch.add(item, writes);
      this.#state.mirror.stage(writes.operations);
      if (batch.items.length >= most) break;
    }
    return batch;
  }

  #writesFor(item: WorkItem): Writes {
    const settling = { model: this.#context.model, views: this.#state.jobs };
    switch (item.kind) {
      case 'resource':
        return reconcile(this.#reconciling, item.path);
      case 'finished':
        return settleFinished(settling, item.jobId);
      case 'promote':
        return promoteIfFree(settling, item.jobId);
      case 'putBack':
        return putBack(settling, item.jobId);
      case 'sweep':
        return sweep(settling, item.jobId);
    }
  }

  async #send(batch: Batch): Promise<TransactionResult> {
    const { mirror } = this.#state;
    this.#sending = true;
    let confirmed = false;
    try {
      const result = await this.#context.store.transact({
        compare: [this.#term.guard, ...batch.compare],
        success: batch.operations,
        failure: [{ type: 'get', range: oneKey(keys.controllerLeader) }],
      });
      if (result.succeeded) mirror.confirm(result.revision);
      confirmed = result.succeeded;
      return result;
    } finally {
      if (!confirmed) mirror.takeBack();
      this.#sending = false;
      const heard = this.#heard;
      this.#heard = [];
      for (const take of heard) take();
    }
  }

  #stillLeads({ results }: TransactionResult): boolean {
    const [leader] = results;
    const { guard } = this.#term;
    return (
      leader?.type === 'get' && guard.target === 'createRevision' && leader.entries[0]?.createRevision === guard.value
    );
  }

  /** Something was not as it was known. One by one, those that were right go through; the other waits for the watch. */
  async #retry(batch: Batch, revision: number): Promise<boolean> {
    const [only, ...others] = batch.items;
    if (only !== undefined && others.length === 0) {
      this.#afterRevision(revision, only);
      return true;
    }
    for (const item of batch.items.toReversed()) this.#list.putFirst(item);
    for (let left = batch.items.length; left > 0 && !this.#term.ended.aborted; left--) {
      if (!(await this.#runBatch(1))) return false;
    }
    return true;
  }

  /** Looks at an item again once the watch has told what stands at `revision`. */
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

  /** What a write of one item makes worth looking at, beyond what the watch will tell. */
  #followUp(item: WorkItem): void {
    if (item.kind !== 'finished') return;
    const { jobs } = this.#state;
    if (jobs.entry('finished', item.jobId) !== undefined) this.#list.push(item);
    for (const dependent of jobs.dependentsOf(item.jobId)) this.#list.push({ kind: 'promote', jobId: dependent.id });
    const job = parseJobId(item.jobId);
    if (job !== null) this.#list.push({ kind: 'resource', path: pathKey(job.type, job.resourceId) });
  }
}
