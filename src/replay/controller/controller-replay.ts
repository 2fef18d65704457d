import {
  type Decision,
  decide,
  JobViews,
  pathKey,
  type ReconcileContext,
  Unresolved,
  writesOf,
} from '../../controller/index.ts';
import {
  decodeProcessed,
  decodeState,
  familyPrefix,
  type HandlerRecord,
  keys,
  parseJobId,
  parseJobKey,
  parseResourceKey,
} from '../../records/index.ts';
import type { Operation } from '../../store/index.ts';
import { operationOf } from '../operations.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import { type ReplayReport, replayReport } from '../replay-report.ts';
import type { RecordedRun } from '../run-folder.ts';
import { virtualRuntime } from '../virtual-runtime.ts';
import type { Mismatch } from './evidence.ts';
import { JobComparer } from './job-comparer.ts';
import { assumeApplied, assumePlanned, departUnrecorded } from './lossy-repairs.ts';
import {
  type Conclusion,
  isWork,
  nameOf,
  type PendingDecision,
  PendingDecisions,
  REMOVED,
  type Seen,
  versionOf,
} from './pending-decisions.ts';
import { jobsIn, keyOf, processedFrom } from './planned-writes.ts';
import {
  type ControllerComparison,
  type RecordedWorkflow,
  Recording,
  type ReplayFamily,
  replayFamilies,
} from './recording.ts';
import { openReplayWorld, type ReplayWorld } from './replay-world.ts';
import { comparedFamily, type KeyWrite, WriteLedger } from './write-ledger.ts';

/**
 * Feeds a recorded run to the controller's own code, on an embedded store in memory and in virtual time, and compares
 * every job, every READ_COMPLETE and every processed config with the recording (`docs/replay.md`). A change is read,
 * resolved and mapped at its /config event; its workflow enters the queue at the recorded place, and leaves it there.
 * The recorded workflow enters, so that one difference doesn't cause others.
 */
export async function replayController(run: RecordedRun, handlers: readonly HandlerRecord[]): Promise<ReplayReport> {
  const runtime = virtualRuntime();
  const world = await openReplayWorld(runtime, run.model, handlers);
  try {
    const replay = new ControllerReplay(run, world, runtime.randomInteger);
    for (const [place, step] of steps(run.events)) {
      runtime.at(step[0]?.timeMs ?? 0);
      await replay.step(place, step);
    }
    if (run.levelTriggered) replay.end();
    return replay.report();
  } finally {
    await world.close();
  }
}

/** The events of each step, with the place of the first one. One transaction may contain several steps. */
function steps(events: readonly RecordedEvent[]): readonly (readonly [number, readonly RecordedEvent[]])[] {
  const found: [number, RecordedEvent[]][] = [];
  events.forEach((event, place) => {
    const step = found.at(-1)?.[1];
    const before = step?.at(-1);
    // A repeated line isn't a second write of one transaction.
    const isOther = step?.some(({ key }) => key === event.key) ?? true;
    if (before?.transaction === event.transaction && !isOther && !beginsAnother(before, event)) step?.push(event);
    else found.push([place, [event]]);
  });
  return found;
}

/**
 * Whether an event begins another step: the writes for a resource begin with its answer, its plan, or the removal of
 * its traces.
 */
function beginsAnother(before: RecordedEvent, event: RecordedEvent): boolean {
  const family = comparedFamily(event);
  if (event.kind !== 'put') return family === 'processed_config';
  const answer = family === 'processed_config' ? comparedFamily(before) : null;
  return family !== null && answer !== 'read_complete';
}

/** Whether two decisions about one resource plan the same work, and remove the same jobs from the queue. */
function isAlike(one: PendingDecision['decision'], other: Decision): boolean {
  if (other.kind === 'nothing' || other.kind === 'postponed') return false;
  const jobsOf = (decision: PendingDecision['decision']): number => ('jobs' in decision ? decision.jobs.length : 0);
  return one.kind === other.kind && one.obsolete.length === other.obsolete.length && jobsOf(one) === jobsOf(other);
}

class ControllerReplay {
  readonly #run: RecordedRun;
  readonly #world: ReplayWorld;
  readonly #recording: Recording;
  readonly #context: ReconcileContext;
  readonly #unresolved = new Unresolved();
  readonly #ledger = new WriteLedger();
  readonly #comparer: JobComparer;
  /** The comparisons that are made at once: the ledger compares the rest at the end. */
  readonly #comparisons: ControllerComparison[] = [];
  readonly #pending = new PendingDecisions();
  /** 'type:id:version' → the references that couldn't be resolved. */
  readonly #refused = new Map<string, Mismatch>();
  readonly #postponed = new Set<string>();
  /** Former bodies of other resources, used instead of the present ones. */
  #asOf: Seen | null = null;
  /** Whether handlers have a worker, used instead of the present knowledge. */
  #served: boolean | null = null;
  /** Places whose event was applied early: the order of a run that isn't lossless is not exact. */
  readonly #applied = new Set<number>();
  #lookedUp = new Set<string>();

  constructor(run: RecordedRun, world: ReplayWorld, randomInteger: (below: number) => number) {
    this.#run = run;
    this.#world = world;
    this.#recording = new Recording(run);
    const { resources, jobs } = world.state;
    const recordsWorkers = run.events.some(({ key }) => key.startsWith(keys.workers));
    this.#context = {
      model: run.model,
      resources,
      jobs,
      lookup: (type, id) => {
        const other = pathKey(type, id);
        this.#lookedUp.add(other);
        return this.#asOf?.has(other) === true ? this.#asOf.get(other) : resources.body(type, id);
      },
      canModify: (handler) => world.state.canModify(handler),
      // Runs of the original, and earlier ones of Kamado, don't record the workers.
      hasWorker: (handler) => this.#served ?? (!recordsWorkers || world.state.hasWorker(handler)),
      nowMs: () => 0,
      randomInteger,
      onUnresolved: (path, awaits) => this.#unresolved.set(path, awaits),
    };
    this.#comparer = new JobComparer(run, this.#recording, this.#context);
  }

  /** Whether events of the original may be missing. */
  get #isPolled(): boolean {
    return !this.#run.lossless && !this.#run.levelTriggered;
  }

  async step(place: number, events: readonly RecordedEvent[]): Promise<void> {
    const entered = new Set<string>();
    for (const [offset] of events.entries()) {
      const workflow = this.#recording.workflowAt(place + offset);
      if (workflow === undefined) continue;
      await this.#enter(workflow, place + offset);
      entered.add(workflow.path);
    }
    for (const event of events) await this.#note(event, place, entered);
    const rest = events.filter((_, offset) => !this.#applied.has(place + offset));
    await this.#world.write(rest.map(operationOf));
    for (const [offset, event] of events.entries()) await this.#notice(event, place + offset);
  }

  /** In a level-triggered run every change may be planned later; one that never was is found at the end. */
  end(): void {
    const { lastAnswer } = this.#recording;
    for (const path of this.#context.resources.paths()) {
      const decision = decide(this.#context, path);
      if (decision.kind === 'nothing' || decision.kind === 'postponed' || decision.kind === 'refuse') continue;
      const changed = this.#run.events.findLastIndex(({ key }) => this.#isConfigOf(path, key));
      this.#comparisons.push({
        family: isWork(decision) ? 'jobs' : 'processed_config',
        index: this.#run.events[changed]?.index ?? 0,
        subject: `${path}:${versionOf(decision)}`,
        differences: [{ pointer: '', recorded: undefined, planned: decision.kind }],
        recorded: false,
        excuse: changed > lastAnswer ? 'the recording ended before anything that came later was answered' : null,
      });
    }
  }

  report(): ReplayReport {
    const { lossless, model } = this.#run;
    const ledger = this.#ledger.compare(model, this.#recording, lossless);
    const isRecorded = (family: ReplayFamily) => this.#recording.holds(family);
    return replayReport(this.#run, replayFamilies, isRecorded, [...this.#comparisons, ...ledger]);
  }

  /** Puts a recorded workflow into the queue: the decision for it is queued, and compared. */
  async #enter(workflow: RecordedWorkflow, place: number): Promise<void> {
    if (this.#pending.of(workflow.name).length === 0 && !this.#run.lossless) await this.#applyEarly(workflow, place);
    if (this.#run.levelTriggered) await this.#replanWithFormer(workflow, place);
    const candidates = this.#pending.of(workflow.name).flatMap((held) =>
      this.#queued(held).map((writes) => {
        const compared = this.#comparer.ofWorkflow(workflow, jobsIn(writes, workflow.name), held.mismatch);
        return { held, writes, compared };
      }),
    );
    this.#pending.delete(workflow.name);
    this.#pending.unwatch(workflow.path);
    const best = candidates.find(({ compared }) => compared.every((one) => one.differences.length === 0));
    const chosen = best ?? candidates.at(-1);
    if (chosen === undefined) {
      const { path, version } = workflow;
      this.#comparisons.push(...this.#comparer.ofWorkflow(workflow, [], this.#mismatchAbout(path, version, place)));
      await this.#world.write(processedFrom(this.#context, workflow));
      return;
    }
    this.#comparisons.push(...chosen.compared);
    await this.#write(
      chosen.writes.filter((operation) => parseJobKey(keyOf(operation)) === null),
      chosen.held,
    );
  }

  /**
   * The controller knows its own writes at once, but those of others only after the watch: it may have seen any of
   * their former values.
   */
  async #replanWithFormer({ path, jobs }: RecordedWorkflow, place: number): Promise<void> {
    const index = jobs[0]?.index ?? place;
    await this.#reconcile(path, place, index);
    for (const seen of this.#pending.seenFor(path)) {
      this.#asOf = seen;
      const decision = decide(this.#context, path);
      this.#asOf = null;
      if (decision.kind !== 'work' && decision.kind !== 'undo') continue;
      this.#pending.add(path, { decision, index, mismatch: this.#mismatchOf(path, decision, place) });
    }
  }

  /** The possible writes of queueing: the controller learns with a delay that workers have finished jobs. */
  #queued({ decision }: PendingDecision): readonly (readonly Operation[])[] {
    const { jobs } = this.#context;
    const { operations } = writesOf(this.#context, decision);
    const finished = jobs.ids('finished').flatMap((jobId) => jobs.entry('finished', jobId) ?? []);
    if (!this.#run.levelTriggered || finished.length === 0) return [operations];
    for (const entry of finished) jobs.delete(entry.key);
    const before = writesOf(this.#context, decision).operations;
    for (const entry of finished) jobs.set(entry);
    return [operations, before];
  }

  /** Records an event of the families whose writes are compared key by key. */
  async #note(event: RecordedEvent, place: number, entered: ReadonlySet<string>): Promise<void> {
    const path = this.#context.resources.pathOf(event.key);
    const write: KeyWrite = { key: event.key, value: event.kind === 'delete' ? null : event.value };
    if (event.kind === 'held' || path === null || comparedFamily(write) === null) return;
    const version = decodeState(event.value)?.version ?? decodeProcessed(event.value)?.version ?? 0;
    // The workflow is the answer, and isn't in the queue before the transaction.
    const isEntering = event.kind === 'put' && entered.has(path);
    if (this.#run.levelTriggered && !isEntering)
      await this.#answer(path, event.kind === 'delete' ? REMOVED : version, event, place);
    this.#ledger.note('recorded', write, event.index, this.#mismatchAbout(path, version, place));
  }

  /** The inputs of a recorded write that wasn't planned, as far as planning came. */
  #mismatchAbout(path: string, version: number, place: number): Mismatch {
    return this.#refused.get(`${path}:${version}`) ?? { path, version, references: [], place };
  }

  /** Carries out a pending decision at its recorded place, in a level-triggered run. */
  async #answer(path: string, version: number | string, event: RecordedEvent, place: number): Promise<void> {
    await this.#reconcile(path, place, event.index);
    const name = `${path}:${version}`;
    const last = this.#pending.of(name).findLast(({ decision }) => !isWork(decision));
    if (last === undefined) return;
    this.#pending.delete(name);
    await this.#write(writesOf(this.#context, last.decision).operations, last);
  }

  /** Reconciles the resources that an event concerns. */
  async #notice(event: RecordedEvent, place: number): Promise<void> {
    const job = parseJobKey(event.key);
    if (job?.queue === 'all' && event.kind === 'delete') await this.#afterDeparture(job.jobId, place, event.index);
    const path = this.#context.resources.pathOf(event.key);
    const family = parseResourceKey(event.key)?.family;
    if (event.kind === 'held' || path === null) return;
    for (const watching of this.#pending.watching(path)) await this.#reconcile(watching, place, event.index);
    if (family === 'state' && event.kind === 'put') {
      const version = decodeState(event.value)?.version ?? 0;
      await departUnrecorded(this.#world, this.#recording, path, version);
      if (this.#isPolled) await assumePlanned(this.#world, path, version);
    }
    if (family !== 'config' || this.#applied.has(place)) return;
    this.#pending.unwatch(path);
    await this.#reconcileAfterChange(path, place, event.index);
  }

  async #reconcileAfterChange(path: string, place: number, index: number): Promise<void> {
    const version = this.#context.resources.get(path).config?.value.version ?? 0;
    await departUnrecorded(this.#world, this.#recording, path, version - 1);
    if (this.#isPolled) await assumeApplied(this.#world, this.#recording, path, version);
    await this.#reconcile(path, place, index);
    for (const waiting of this.#unresolved.waitingFor(path)) await this.#reconcile(waiting, place, index);
  }

  /** Decides about a resource, and queues the result unless the recording queues it elsewhere. */
  async #reconcile(path: string, place: number, index: number): Promise<void> {
    this.#lookedUp = new Set();
    this.#unresolved.delete(path);
    const decision = decide(this.#context, path);
    if (this.#run.levelTriggered) this.#addWithWorkers(path, decision, index, place);
    if (decision.kind === 'postponed') this.#postponed.add(path);
    if (decision.kind === 'nothing' || decision.kind === 'postponed') {
      if (this.#run.levelTriggered) this.#watchRemoval(path);
      return;
    }
    const held: PendingDecision = { decision, index, mismatch: this.#mismatchOf(path, decision, place) };
    const name = nameOf(path, decision);
    if (this.#run.levelTriggered && decision.kind !== 'refuse') {
      this.#pending.add(path, held);
      this.#pending.watch(path, this.#seenNow());
    } else if (isWork(decision) && this.#recording.isQueuedFrom(name, place)) this.#pending.add(path, held);
    else await this.#carryOut(name, held);
  }

  /**
   * Watches a removed resource: it is undone when no handler works on it any more. The inputs of that decision are
   * recorded from now on, because by then the controller may know less than the store contains.
   */
  #watchRemoval(path: string): void {
    const { config, processed } = this.#context.resources.get(path);
    if (config !== null || processed === null) return;
    decide({ ...this.#context, jobs: new JobViews() }, path);
    this.#pending.watch(path, this.#seenNow());
  }

  /** The controller learns with a delay that a worker came or went. */
  #addWithWorkers(path: string, known: Decision, index: number, place: number): void {
    for (const served of [true, false]) {
      this.#served = served;
      const decision = decide(this.#context, path);
      this.#served = null;
      if (decision.kind === 'nothing' || decision.kind === 'postponed' || decision.kind === 'refuse') continue;
      if (isAlike(decision, known)) continue;
      this.#pending.add(path, { decision, index, mismatch: this.#mismatchOf(path, decision, place) });
    }
  }

  /** Carries out a decision at once. */
  async #carryOut(name: string, held: PendingDecision): Promise<void> {
    if (held.decision.kind === 'refuse') this.#refused.set(name, held.mismatch);
    const { operations } = writesOf(this.#context, held.decision);
    for (const job of jobsIn(operations, name)) {
      this.#comparisons.push(this.#comparer.one(null, job, held.mismatch, held.index));
    }
    await this.#write(operations, held);
  }

  #isConfigOf(path: string, key: string): boolean {
    return key.startsWith(familyPrefix('config')) && this.#context.resources.pathOf(key) === path;
  }

  #seenNow(): Seen {
    const { resources } = this.#context;
    return new Map([...this.#lookedUp].map((other) => [other, resources.get(other).config?.value.body]));
  }

  #mismatchOf(path: string, decision: Conclusion, place: number): Mismatch {
    // If the deletion mark is in no event, the removal looks like one without it.
    const removed = decision.kind === 'undo' || decision.kind === 'forget' ? [path] : [];
    return { path, version: versionOf(decision), references: [...this.#lookedUp, ...removed], place };
  }

  async #write(operations: readonly Operation[], { index, mismatch }: PendingDecision): Promise<void> {
    for (const operation of operations) {
      if (operation.type === 'get') continue;
      const value = operation.type === 'put' ? operation.value : null;
      this.#ledger.note('planned', { key: keyOf(operation), value }, index, mismatch);
    }
    await this.#world.write(operations);
  }

  async #afterDeparture(jobId: string, place: number, index: number): Promise<void> {
    const job = parseJobId(jobId);
    if (job === null) return;
    const path = pathKey(job.type, job.resourceId);
    const isRemoved = this.#context.resources.get(path).config === null;
    if (this.#postponed.delete(path) || isRemoved) await this.#reconcile(path, place, index);
  }

  /**
   * Applies the /config event of a workflow early, with those before it: pollers of different keys may be at different
   * times.
   */
  async #applyEarly({ path, version }: RecordedWorkflow, place: number): Promise<void> {
    const ahead = this.#recording.configs.get(path)?.find((seen) => seen.version === version && seen.place > place);
    for (let next = place; next <= (ahead?.place ?? -1); next++) {
      const event = this.#run.events[next];
      if (event === undefined || !event.key.startsWith(familyPrefix('config')) || this.#applied.has(next)) continue;
      this.#applied.add(next);
      await this.#world.write([operationOf(event)]);
      const changed = this.#context.resources.pathOf(event.key);
      if (changed !== null) await this.#reconcileAfterChange(changed, place, event.index);
    }
  }
}
