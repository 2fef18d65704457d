import type { Random } from '../../test/simulation/random.ts';
import type { Target, TargetOptions } from './target.ts';

/** The extent of an attack: `small` in the tests, `whole` by hand. */
export type Size = 'small' | 'whole';

/** The tools of an attack. */
export interface Stage {
  readonly target: Target;
  readonly random: Random;
  readonly size: Size;
  readonly findings: Findings;
}

/** One kind of attack on a running Kamado. */
export interface Attack {
  readonly name: string;
  /** A description in one line. */
  readonly about: string;
  /** Starts the helpers of the attack, and returns how to start Kamado. */
  readonly prepare: (size: Size) => Promise<Preparation>;
  /** Attacks; resolves when it is over. A violation is recorded, not thrown. */
  readonly run: (stage: Stage) => Promise<void>;
}

/** The helpers of an attack, and the options for starting Kamado. */
export interface Preparation {
  readonly options: TargetOptions;
  readonly close: () => Promise<void>;
}

/** The number of examples that are kept of each kind of violation. */
const EXAMPLES = 5;

/** The counts, and the violations. */
export class Findings {
  readonly #counts = new Map<string, number>();
  readonly #violations = new Map<string, string[]>();

  /** Adds to a count. */
  count(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times);
  }

  /** Records a violation; the first examples of each kind are kept. */
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
