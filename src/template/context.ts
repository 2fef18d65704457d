import { isJsonObject, type Json, type JsonObject, limits } from '../kernel/index.ts';
import type { Run } from './run.ts';
import type { DictEntry, JsonText, Value } from './value.ts';

/** The names that an expression can use: those of this scope, then those of the enclosing scopes, then the context. */
export class Scope {
  readonly #run: Run;
  readonly #parent: Scope | undefined;
  readonly #context: JsonObject;
  readonly #values = new Map<string, Value | JsonText>();

  constructor(run: Run, context: JsonObject, parent?: Scope) {
    this.#run = run;
    this.#context = context;
    this.#parent = parent;
  }

  inner(): Scope {
    return new Scope(this.#run, this.#context, this);
  }

  set(name: string, value: Value | JsonText): void {
    this.#values.set(name, value);
  }

  /** The value of a name, or undefined if there is none. */
  get(name: string): Value | JsonText | undefined {
    const own = this.#values.get(name);
    if (own !== undefined) return own;
    if (this.#parent !== undefined) return this.#parent.get(name);
    const given = Object.hasOwn(this.#context, name) ? this.#context[name] : undefined;
    if (given === undefined) return undefined;
    const value = fromJson(this.#run, given, 0);
    this.#values.set(name, value);
    return value;
  }
}

/** The value from which JSON.stringify writes an exponent. */
const WRITTEN_WITH_EXPONENT = 1e21;

/** Converts a number, keeping the digits that it has in JSON text: without a fraction it is an int. */
function fromNumber(json: number): bigint | number {
  return Number.isInteger(json) && Math.abs(json) < WRITTEN_WITH_EXPONENT ? BigInt(String(json)) : json;
}

/** Converts a JSON value to one of the language. */
function fromJson(run: Run, json: Json, depth: number): Value {
  if (depth > limits.templateDepth) throw run.beyond('templateDepth');
  if (typeof json === 'number') return fromNumber(json);
  if (typeof json === 'string') return run.text(json);
  if (json === null || typeof json === 'boolean') return json;
  if (!isJsonObject(json)) return run.list(json.map((item) => fromJson(run, item, depth + 1)));
  const entries = new Map<string, DictEntry>();
  for (const [key, item] of Object.entries(json)) {
    entries.set(textKey(key), { key, value: fromJson(run, item, depth + 1) });
  }
  return run.dict(entries);
}

/** The map key of a dict's text key. */
export function textKey(text: string): string {
  return `s${text}`;
}
