import { drawProfile, type FaultProfile, noFaults } from './fault-profile.ts';
import { Random } from './random.ts';
import { type Owner, Scheduler } from './scheduler.ts';
import { Trace } from './trace.ts';

/** What everything in a run shares: time, chance, what goes wrong, and the record of it. */
export class World {
  readonly seed: number;
  readonly scheduler = new Scheduler();
  /** Whoever isn't a process: the network, the operator. */
  readonly outside: Owner = { name: 'world', isAlive: true, stalledUntilMs: 0 };
  readonly trace: Trace;
  /** Which life of a process made a UUID. */
  readonly uuidOwners = new Map<string, string>();
  /** What happened, and how often. */
  readonly seen = new Map<string, number>();
  readonly #calmed = new AbortController();
  #profile: FaultProfile;

  constructor(seed: number, print: ((line: string) => void) | null = null) {
    this.seed = seed;
    this.trace = new Trace(() => this.scheduler.nowMs, print);
    this.#profile = drawProfile(this.random('faults'));
  }

  get nowMs(): number {
    return this.scheduler.nowMs;
  }

  /** What goes wrong at present. */
  get profile(): FaultProfile {
    return this.#profile;
  }

  /** Counts something that happened. */
  count(what: string): void {
    this.seen.set(what, (this.seen.get(what) ?? 0) + 1);
  }

  /** Aborts when nothing goes wrong any more. */
  get calmed(): AbortSignal {
    return this.#calmed.signal;
  }

  /** Nothing goes wrong any more. */
  calm(): void {
    this.#profile = noFaults;
    this.#calmed.abort();
    this.trace.note('world', 'the faults stop');
  }

  /** A stream of random numbers of its own: what one part draws moves no other. */
  random(stream: string): Random {
    return new Random(this.seed, stream);
  }
}
