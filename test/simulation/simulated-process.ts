import type { Runtime, Timer } from '../../src/kernel/runtime.ts';
import type { Owner, Scheduler } from './scheduler.ts';
import type { World } from './world.ts';

/** The wall clock at the beginning of every run. */
const EPOCH_MS = 1_700_000_000_000;
/** Turns and timers come a little late, each process as it likes: what the real world is free to reorder. */
const TURN_MS = 0.2;
const TIMER_LATE_MS = 2;

/** One life of a process: when it dies, nothing of it runs any more. */
export class SimulatedProcess implements Owner {
  readonly name: string;
  readonly runtime: Runtime;
  readonly #scheduler: Scheduler;
  #alive = true;
  #stalledUntilMs = 0;
  #lastTurnMs = 0;

  /** @param name with the number of this life: 'worker-2.3' */
  constructor(name: string, world: World) {
    const { scheduler } = world;
    const random = world.random(name);
    this.name = name;
    this.#scheduler = scheduler;
    this.runtime = {
      nowMs: () => EPOCH_MS + scheduler.nowMs,
      monotonicMs: () => scheduler.nowMs,
      after: (delayMs, task) => this.at(delayMs + random.between(0, TIMER_LATE_MS), task),
      nextTurn: (task) => {
        this.#lastTurnMs = Math.max(this.#lastTurnMs, scheduler.nowMs + random.between(0, TURN_MS));
        this.at(this.#lastTurnMs - scheduler.nowMs, task);
      },
      randomInteger: (below) => random.integer(below),
      uuid: () => {
        const uuid = random.uuid();
        world.uuidOwners.set(uuid, name);
        return uuid;
      },
    };
  }

  get isAlive(): boolean {
    return this.#alive;
  }

  get stalledUntilMs(): number {
    return this.#stalledUntilMs;
  }

  /** Runs a task in this process, after a delay. */
  at(delayMs: number, task: () => void): Timer {
    return this.#scheduler.at(delayMs, this, task);
  }

  /** Nothing of this process runs for a while, as under a debugger or in a machine that is suspended. */
  stall(forMs: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, this.#scheduler.nowMs + forMs);
  }

  die(): void {
    this.#alive = false;
  }
}

/** The virtual time that a wall clock's reading stands for. */
export function virtualMs(wallMs: number): number {
  return wallMs - EPOCH_MS;
}
