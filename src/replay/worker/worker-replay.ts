import { systemRuntime } from '../../app/process/index.ts';
import { pathKey } from '../../controller/index.ts';
import { type Runtime, silentLog } from '../../kernel/index.ts';
import { type Job, resourceKey, stackName } from '../../records/index.ts';
import { openStackEngine } from '../../southbound/heat/index.ts';
import { type Handler, HEAT_WORKER, heatWorker } from '../../worker/index.ts';
import { secretParams } from '../job-differences.ts';
import { type ReplayReport, replayReport } from '../replay-report.ts';
import { type RecordedRun, readRunFolder } from '../run-folder.ts';
import { mappingsOf } from '../template-mappings.ts';
import { type CallContext, textsIn } from './call-differences.ts';
import { callComparisons, lackingCall } from './compare-calls.ts';
import { lackingResult, outcomeComparison, resultComparison } from './compare-outcomes.ts';
import { lackingWrite, writeComparisons } from './compare-writes.ts';
import { type EvidenceList, evidenceListOf } from './evidence-list.ts';
import { type HeatExchange, readHeatCalls } from './heat-recording.ts';
import { type JobExecution, jobExecutionOf } from './job-execution.ts';
import { lostJobs } from './lost-jobs.ts';
import { neededBy } from './needed.ts';
import { receivedOf } from './received-jobs.ts';
import { HEAT_ENDPOINT, RecordedHeat } from './recorded-heat.ts';
import { RecordedStore } from './recorded-store.ts';
import { type RecordedTurns, recordedTurns } from './recorded-turns.ts';
import { type Evidence, scriptOf, shownTimeout } from './stack-script.ts';
import { type WorkerComparison, type WorkerFamily, workerFamilies } from './worker-comparison.ts';
import { readWorkerLog, type WorkerLog } from './worker-log.ts';
import { openWorkerWorld, type WorkerWorld } from './worker-world.ts';

/** A run, and the recordings of its worker besides the store's events. */
export interface WorkerRun {
  readonly run: RecordedRun;
  /** Null: not recorded. */
  readonly exchanges: readonly HeatExchange[] | null;
  readonly log: WorkerLog | null;
}

/** Reads a run folder with heat_calls.jsonl and worker.jsonl, if they exist. @throws the errors of `readRunFolder` */
export async function readWorkerRun(path: string): Promise<WorkerRun> {
  const run = await readRunFolder(path);
  return { run, exchanges: await readHeatCalls(path), log: await readWorkerLog(path) };
}

/**
 * Gives the recorded jobs of heat_worker to the worker's own code, in the order in which they were claimed, with a Heat
 * that answers as recorded (`docs/replay.md`), and compares its calls to Heat and its writes. Before each job the store
 * gets its content at that time, so that one difference doesn't cause others.
 */
export async function replayWorker(recorded: WorkerRun): Promise<ReplayReport> {
  const replay = new WorkerReplay(recorded);
  const world = await openWorkerWorld(recorded.run.model, (runtime) => replay.handler(runtime), systemRuntime.nextTurn);
  try {
    await replay.run(world);
    return replay.report();
  } finally {
    await world.close();
  }
}

class WorkerReplay {
  readonly #recorded: WorkerRun;
  readonly #turns: RecordedTurns;
  readonly #evidenceList: EvidenceList;
  readonly #store: RecordedStore;
  /** 'type:id' → the reason why a job of it must be missing, whose effects may be attributed to others. */
  readonly #lostJobs: ReadonlyMap<string, string>;
  readonly #heat = new RecordedHeat();
  readonly #comparisons: WorkerComparison[] = [];

  constructor(recorded: WorkerRun) {
    const { run, exchanges, log } = recorded;
    this.#recorded = recorded;
    this.#turns = recordedTurns(run, HEAT_WORKER, receivedOf(exchanges ?? [], log));
    this.#evidenceList = evidenceListOf(this.#turns.turns, exchanges ?? [], log?.results ?? []);
    this.#lostJobs = lostJobs(run, this.#turns, this.#evidenceList);
    this.#store = new RecordedStore(run);
  }

  handler(runtime: Runtime): Handler {
    const cloud = { kind: 'none', endpoint: HEAT_ENDPOINT } as const;
    const engine = openStackEngine({ runtime, log: silentLog, send: (request) => this.#heat.send(request), cloud });
    return heatWorker(runtime, engine);
  }

  async run(world: WorkerWorld): Promise<void> {
    for (const evidence of this.#evidenceList.all) {
      const { job, place, timeMs } = evidence.turn;
      await world.write(this.#store.upTo(place), timeMs);
      const lacking = await this.#lackingFor(job, world);
      this.#heat.begin(stackOf(job), scriptOf(evidence));
      const made = await world.run(job);
      const execution = jobExecutionOf(evidence, this.#heat.calls, made);
      this.#compare(execution, this.#contextOf(evidence), lacking);
      for (const write of made) this.#store.note(write);
    }
    this.#compareStrays();
  }

  report(): ReplayReport {
    const compared = new Set(this.#comparisons.map(({ family }) => family));
    const isRecorded = (family: WorkerFamily) => compared.has(family) && this.#holds(family);
    return replayReport(this.#recorded.run, workerFamilies, isRecorded, this.#comparisons);
  }

  #holds(family: WorkerFamily): boolean {
    switch (family) {
      case 'heat_calls':
        return this.#recorded.exchanges !== null;
      case 'jobs':
      case 'job_results':
        return true;
      case 'heat_stacks':
      case 'job_state':
      case 'state':
        return this.#turns.held.has(family);
    }
  }

  /** The records that a job needs and that are missing, because the run may lack events. */
  async #lackingFor(job: Job, world: WorkerWorld): Promise<readonly string[]> {
    const { model, lossless } = this.#recorded.run;
    if (lossless) return [];
    const lacking: string[] = [];
    for (const { key, what } of neededBy(job, model)) {
      if (this.#store.has(key)) continue;
      const later = this.#store.later(key);
      if (later.length === 0) lacking.push(what);
      await world.write(later, 0);
    }
    const url = model.types.get(job.resource_type)?.url ?? '';
    const isHandedOn = job.is_first || this.#store.has(resourceKey('jobState', url, job.resource_id));
    return isHandedOn ? lacking : [...lacking, 'the results of the earlier jobs of its workflow'];
  }

  #contextOf(evidence: Evidence): CallContext {
    const { model } = this.#recorded.run;
    const { job } = evidence.turn;
    const mappings = mappingsOf({ model, lookup: (type, id) => this.#store.body(type, id) }, job);
    const secret = secretParams(job, { model, mappings });
    // A parameter that the job doesn't have may hold a secret.
    const harmless = new Set(job.params.filter((param) => !secret.includes(param)).map(({ param }) => param));
    return {
      isSecretParameter: (name) => !harmless.has(name),
      secrets: secret.flatMap(({ type, value }) => (type === 'value' ? textsIn(value) : [])),
      shownTimeout: shownTimeout(evidence),
    };
  }

  #compare(execution: JobExecution, context: CallContext, lacking: readonly string[]): void {
    const { result } = execution.evidence;
    const comparisons = [
      outcomeComparison(execution),
      ...callComparisons(execution, context),
      ...writeComparisons(execution),
      ...(result === null ? [] : [resultComparison(result, execution)]),
    ];
    this.#comparisons.push(...comparisons.map((one) => this.#excused(one, execution, lacking)));
  }

  /** Excuses missing needs and missing writes of a job in a run that isn't lossless; never different writes. */
  #excused(one: WorkerComparison, { evidence }: JobExecution, lacking: readonly string[]): WorkerComparison {
    if (one.differences.length === 0 || this.#recorded.run.lossless) return one;
    if (lacking.length > 0) return { ...one, excuse: `${lacking.join(', ')} is in no event` };
    const lost = this.#lostJobs.get(pathOf(evidence.turn.job));
    if (lost !== undefined) return { ...one, excuse: lost };
    if (one.recorded) return one;
    if (one.family !== 'heat_calls') return { ...one, excuse: 'the event in which it was written is missing' };
    const { job } = evidence.turn;
    const isReceived = (this.#recorded.exchanges ?? []).some(({ stack }) => stack === stackOf(job));
    return isReceived ? one : { ...one, excuse: 'no call about this stack is recorded' };
  }

  /** Compares the records of no known job. */
  #compareStrays(): void {
    const { strayCalls, strayResults } = this.#evidenceList;
    const excuse = this.#recorded.run.lossless ? null : 'the job that it follows from is in no event';
    const strays = [
      ...strayCalls.map(lackingCall),
      ...strayResults.map((result) => lackingResult(result)),
      ...this.#turns.strays.flatMap(lackingWrite),
    ];
    this.#comparisons.push(...strays.map((one) => ({ ...one, excuse })));
    for (const { id, index } of this.#turns.unreadable) {
      const differences = [{ pointer: '', recorded: id, planned: undefined }];
      this.#comparisons.push({ family: 'jobs', index, subject: id, differences, recorded: true, excuse: null });
    }
  }
}

function pathOf(job: Job): string {
  return pathKey(job.resource_type, job.resource_id);
}

function stackOf(job: Job): string {
  return stackName(job.resource_type, job.resource_id);
}
