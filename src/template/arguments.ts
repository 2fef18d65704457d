import type { Run } from './run.ts';
import { isInteger, isUndefined, truthy, typeName, type Value } from './value.ts';

/** The arguments of a filter, a test, a method or a function. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: ReadonlyMap<string, Value>;
}

export const noArguments: Arguments = { positional: [], named: new Map() };

/**
 * The arguments by the names of the parameters, in their order; `required` of them must be given.
 * Fails for too many and for unknown names.
 */
export class Parameters {
  readonly #run: Run;
  readonly #values: ReadonlyMap<string, Value>;

  constructor(run: Run, args: Arguments, names: readonly string[], required = 0) {
    this.#run = run;
    if (args.positional.length > names.length) throw run.fail(`more than ${names.length} argument(s) given`);
    const values = new Map<string, Value>();
    for (const [i, value] of args.positional.entries()) values.set(names[i] ?? '', value);
    for (const [name, value] of args.named) {
      if (!names.includes(name)) throw run.fail(`there is no argument "${name}"`);
      if (values.has(name)) throw run.fail(`the argument "${name}" is given twice`);
      values.set(name, value);
    }
    const missing = names.slice(0, required).find((name) => !values.has(name));
    if (missing !== undefined) throw run.fail(`the argument "${missing}" is missing`);
    this.#values = values;
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  value(name: string): Value {
    return this.#values.get(name) ?? null;
  }

  flag(name: string): boolean {
    return truthy(this.value(name));
  }

  /** A text, or `otherwise` if it is not given. */
  text(name: string, otherwise?: string): string {
    const value = this.#values.get(name);
    if (value === undefined && otherwise !== undefined) return otherwise;
    if (typeof value !== 'string') throw this.#wrong(name, 'str');
    return value;
  }

  /** An int in the range that JavaScript counts exactly, or `otherwise` if it is not given. */
  integer(name: string, otherwise: number): number {
    const value = this.#values.get(name);
    if (value === undefined) return otherwise;
    if (!isInteger(value) || !Number.isSafeInteger(Number(value))) throw this.#wrong(name, 'int');
    return Number(value);
  }

  #wrong(name: string, wanted: string): Error {
    const value = this.value(name);
    if (isUndefined(value)) return this.#run.failUndefined(value);
    return this.#run.fail(`the argument "${name}" is of type ${typeName(value)}, not ${wanted}`);
  }
}
