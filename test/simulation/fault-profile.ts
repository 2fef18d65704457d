import type { Random } from './random.ts';

/**
 * How often in a second the store goes back to an older copy. Only when it is asked for: what jobs built in a history that was
 * lost is not known to the invariants, which then call it a fault that nobody undoes it.
 */
const REWIND_RATE = Number(process.env.KAMADO_SIMULATION_REWINDS ?? 0);

/** What goes wrong in a run, and how often. Probabilities are of one event, rates of one second of virtual time. */
export interface FaultProfile {
  /** Of a request: the process dies before it is sent, after it was sent, or when the answer is there. */
  readonly crashAtOperation: number;
  /** Of a request: it, or its answer, never arrives. */
  readonly lostRequest: number;
  readonly lostAnswer: number;
  /** Of a request: it arrives after its sender has given it up. */
  readonly lateRequest: number;
  /** Of an answer or an event: it takes longer than usual, up to this long. */
  readonly slow: number;
  readonly slowestMs: number;
  /** Of a watch: all that it tells takes longer, by up to as much as what is slow. */
  readonly lag: number;
  /** Of a delivery to a watcher: the stream breaks, and is opened again. */
  readonly brokenStream: number;
  /** Of a stream that is opened again: what was told last is told again. */
  readonly repeats: number;
  /** Of a lease: its holder notices its end late, by up to this long. */
  readonly lateNotice: number;
  readonly latestNoticeMs: number;
  readonly crashRate: number;
  readonly stopRate: number;
  readonly stallRate: number;
  readonly cutRate: number;
  readonly storeRestartRate: number;
  readonly storeFailureRate: number;
  readonly compactionRate: number;
  /** Copies that are made of the store, and how often it goes back to the last one. */
  readonly saveRate: number;
  readonly rewindRate: number;
  /** Of a job's execution. */
  readonly failure: number;
  readonly hang: number;
  /** Of a job: it kills every worker that takes it. */
  readonly poison: number;
  readonly slowWork: number;
}

export const noFaults: FaultProfile = {
  crashAtOperation: 0,
  lostRequest: 0,
  lostAnswer: 0,
  lateRequest: 0,
  slow: 0,
  slowestMs: 0,
  lag: 0,
  brokenStream: 0,
  repeats: 0,
  lateNotice: 0,
  latestNoticeMs: 0,
  crashRate: 0,
  stopRate: 0,
  stallRate: 0,
  cutRate: 0,
  storeRestartRate: 0,
  storeFailureRate: 0,
  compactionRate: 0,
  saveRate: 0,
  rewindRate: 0,
  failure: 0,
  hang: 0,
  poison: 0,
  slowWork: 0,
};

/** The most that a run has of each. */
const most: FaultProfile = {
  crashAtOperation: 0.02,
  lostRequest: 0.03,
  lostAnswer: 0.03,
  lateRequest: 0.03,
  slow: 0.08,
  slowestMs: 5_000,
  lag: 1,
  brokenStream: 0.12,
  repeats: 1,
  lateNotice: 0.5,
  latestNoticeMs: 6_000,
  crashRate: 0.15,
  stopRate: 0.08,
  stallRate: 0.12,
  cutRate: 0.12,
  storeRestartRate: 0.08,
  storeFailureRate: 0.04,
  compactionRate: 1,
  saveRate: 0.2,
  rewindRate: REWIND_RATE,
  failure: 0.4,
  hang: 0.05,
  poison: 0.06,
  slowWork: 0.6,
};

/** Of all runs: nothing goes wrong in them but work. */
const CALM = 0.15;
/** Of the kinds of faults: they happen in a run at all. */
const SHARE = 0.5;
/** Of the same, for what handlers do. */
const WORK = 0.75;
const POISON = 0.4;

/** A run's faults: some kinds of them, each as often as it happens to be. */
export function drawProfile(random: Random): FaultProfile {
  const share = random.chance(CALM) ? 0 : SHARE;
  const draw = (value: number, probability = share): number => {
    const strength = random.fraction();
    return random.chance(probability) ? value * strength : 0;
  };
  return {
    crashAtOperation: draw(most.crashAtOperation),
    lostRequest: draw(most.lostRequest),
    lostAnswer: draw(most.lostAnswer),
    lateRequest: draw(most.lateRequest),
    slow: draw(most.slow),
    slowestMs: most.slowestMs * random.fraction(),
    lag: draw(most.lag, WORK),
    brokenStream: draw(most.brokenStream),
    repeats: draw(most.repeats),
    lateNotice: draw(most.lateNotice),
    latestNoticeMs: most.latestNoticeMs,
    crashRate: draw(most.crashRate),
    stopRate: draw(most.stopRate),
    stallRate: draw(most.stallRate),
    cutRate: draw(most.cutRate),
    storeRestartRate: draw(most.storeRestartRate),
    storeFailureRate: draw(most.storeFailureRate),
    compactionRate: draw(most.compactionRate),
    failure: draw(most.failure, WORK),
    hang: draw(most.hang, SHARE),
    poison: draw(most.poison, POISON),
    slowWork: draw(most.slowWork, WORK),
    saveRate: most.saveRate,
    rewindRate: draw(most.rewindRate),
  };
}
