import type { Random } from '../../test/simulation/random.ts';
import type { Target, TargetOptions } from './target.ts';

/** How much of an attack is made: `small` in the tests, `whole` by hand. */
export type Size = 'small' | 'whole';

/** What an attack works with. */
export interface Stage {
  readonly target: Target;
  readonly random: Random;
  readonly size: Size;
  readonly findings: Findings;
}

/** One kind of attack on a running Kamado. */
export interface Attack {
  readonly name: string;
  /** One line for a person. */
  readonly about: string;
  /** Starts what the attack needs beside Kamado, and says how Kamado is started. */
  readonly prepare: (size: Size) => Promise<Preparation>;
  /** Attacks; resolves when it is over. A violation is recorded, not thrown. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** What an attack needs beside Kamado. */
export interface Preparation {
  readonly options: TargetOptions;
  readonly close: () => Promise<void>;
}

/** How many examples of one kind of violation are kept. */
const EXAMPLES = 5;

/** What was counted, and what must not have happened. */
export class Findings {
  readonly #counts = new Map<string, number>();
  readonly #violations = new Map<string, string[]>();

  /** Adds to a count. */
  count(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  /** Records that something happened which must not; the first examples of each kind are kept. */
  violate(kind: string, example: string): void {
    this.count(`violated: ${kind}`);
    const examples = this.#violations.get(kind) ?? [];
    if (examples.length < EXAMPLES) examples.push(example);
    this.#violations.set(kind, examples);
  }

  get counts(): ReadonlyMap<string, number> {
    return this.#counts;
  }

  get violations(): readonly string[] {
    return [...this.#violations].flatMap(([kind, examples]) => examples.map((example) => `${kind}: ${example}`));
  }
}
