import { limits } from '../../src/kernel/limits.ts';
import { keys } from '../../src/records/keys.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import { Checker } from './checker.ts';
import { Components, places } from './components.ts';
import { checkStore, failUnfinished, unfinished } from './convergence.ts';
import { Disturbances } from './disturbances.ts';
import { Ledger } from './ledger.ts';
import { Network } from './network.ts';
import { StoreServer } from './store-server.ts';
import { SystemOfRecord } from './system-of-record.ts';
import { Users } from './users.ts';
import { hold, Violation } from './violation.ts';
import { World } from './world.ts';

/** What became of a run. */
export interface Outcome {
  readonly seed: number;
  /** null: everything held. */
  readonly failure: { readonly invariant: string; readonly message: string } | null;
  /** What happened last, line by line. */
  readonly lines: readonly string[];
  /** The same for the same seed: of everything that happened, and when. */
  readonly digest: string;
  readonly virtualMs: number;
  readonly steps: number;
  readonly revisions: number;
  /** What happened, and how often. */
  readonly seen: ReadonlyMap<string, number>;
}

const SLICE_MS = 500;
/** How often the whole store is compared. */
const SLICES_A_CHECK = 6;
/** How long faults go on after the last change. */
const LONGEST_FAULTS_MS = 15_000;
/** What the end of the faults may take to show: the longest stall, lease, absence and slow work after each other. */
const CONVERGENCE_MS = 600_000;
const QUIET_MS = 15_000;
/** How long the other workers are cut off, so that one shows what it can. */
const EXAM_MS = 240_000;
const workers = places.filter((place) => place.startsWith('worker'));

/** Who else looks at a run: at lines as they are noted, at records as they become durable. */
export interface Spectator {
  readonly print?: (line: string) => void;
  readonly commit?: (records: readonly LogRecord[]) => void;
  /** The store has gone back: it holds these, and nothing of what came after them. */
  readonly goBack?: (records: readonly LogRecord[]) => void;
}

/** One run: everything that happens in it follows from the seed. */
export async function simulate(seed: number, spectator: Spectator = {}): Promise<Outcome> {
  const run = new Run(new World(seed, spectator.print ?? null), spectator);
  return run.outcome(await run.failure());
}

class Run {
  readonly #world: World;
  readonly #ledger = new Ledger();
  readonly #systemOfRecord = new SystemOfRecord();
  readonly #checker: Checker;
  readonly #server: StoreServer;
  readonly #network: Network;
  readonly #rooms: Components;
  readonly #users: Users;
  #slices = 0;

  constructor(world: World, { commit, goBack }: Spectator) {
    this.#world = world;
    this.#checker = new Checker(world, this.#ledger, goBack);
    this.#server = new StoreServer(world, (records) => {
      commit?.(records);
      this.#checker.commit(records);
    });
    this.#network = new Network(world, this.#server);
    this.#rooms = new Components(world, this.#network, this.#systemOfRecord, this.#ledger);
    this.#users = new Users(world, this.#systemOfRecord);
  }

  async failure(): Promise<Outcome['failure']> {
    const onRejection = (error: unknown): void => this.#world.scheduler.fail(error);
    process.on('unhandledRejection', onRejection);
    try {
      await this.#go();
      return null;
    } catch (error) {
      if (error instanceof Violation) return { invariant: error.invariant, message: error.message };
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      return { invariant: 'nothing throws', message };
    } finally {
      process.off('unhandledRejection', onRejection);
    }
  }

  outcome(failure: Outcome['failure']): Outcome {
    const { seed, trace, scheduler } = this.#world;
    return {
      seed,
      failure,
      lines: trace.lastLines,
      digest: `${trace.digest()}-${scheduler.fingerprint}`,
      virtualMs: scheduler.nowMs,
      steps: scheduler.steps,
      revisions: this.#checker.revision,
      seen: this.#world.seen,
    };
  }

  async #go(): Promise<void> {
    const world = this.#world;
    new Disturbances(world, this.#rooms, this.#network, this.#checker).begin();
    this.#server.open().catch((error: unknown) => world.scheduler.fail(error));
    for (const place of places) this.#rooms.start(place);
    this.#users.begin();
    while (!this.#users.areDone) await this.#slice();
    const faultsEndMs = world.nowMs + world.random('end').between(0, LONGEST_FAULTS_MS);
    while (world.nowMs < faultsEndMs) await this.#slice();
    world.calm();
    this.#network.mend();
    // Where a handler hangs, its time has to run out.
    await this.#untilFinished(CONVERGENCE_MS + (this.#ledger.hasDead ? limits.handlerTimeoutMs : 0));
    await this.#checkQuiet();
    await this.#checkWorkers();
  }

  async #slice(): Promise<void> {
    await this.#world.scheduler.runUntil(this.#world.nowMs + SLICE_MS);
    if (++this.#slices % SLICES_A_CHECK !== 0) return;
    checkStore(this.#server, this.#checker).catch((error: unknown) => this.#world.scheduler.fail(error));
  }

  async #untilFinished(patienceMs: number): Promise<void> {
    const beganMs = this.#world.nowMs;
    for (;;) {
      await this.#slice();
      const left = unfinished(this.#checker.image, this.#systemOfRecord);
      if (left.length === 0) return;
      if (this.#world.nowMs - beganMs > patienceMs) failUnfinished(left, patienceMs);
    }
  }

  /** A controller that knows only what the store holds finds nothing to do: the standby, when the leader is gone. */
  async #checkQuiet(): Promise<void> {
    const leader = this.#checker.image.entries.get(keys.controllerLeader)?.value ?? '';
    const isFirst = this.#world.uuidOwners.get(leader)?.startsWith('controller-1') === true;
    this.#rooms.end(isFirst ? 'controller-1' : 'controller-2');
    const before = this.#checker.writesOf('controller');
    await this.#world.scheduler.runUntil(this.#world.nowMs + QUIET_MS);
    const wrote = this.#checker.writesOf('controller') - before;
    const left = unfinished(this.#checker.image, this.#systemOfRecord);
    hold(wrote === 0 && left.length === 0, 'a new controller finds nothing to do', () => {
      return `it wrote ${wrote} times; left: ${left.join(', ')}`;
    });
  }

  /** Each worker still takes what there is when the others can't. */
  async #checkWorkers(): Promise<void> {
    for (const worker of workers) {
      for (const other of workers) if (other !== worker) this.#network.cut(other, EXAM_MS);
      this.#systemOfRecord.put('part', `exam-${worker}`, {});
      this.#world.trace.note('world', `an exam for ${worker}`);
      await this.#untilFinished(EXAM_MS / 2);
      this.#network.mend();
    }
  }
}
