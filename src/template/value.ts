/** What a name, attribute or item gives that isn't there: prints nothing, is false, iterates over nothing. */
export interface Undefined {
  readonly kind: 'undefined';
  /** Said when something is asked of it; never holds a value. */
  readonly reason: string;
}

/** `depth` counts the containers inside each other; it is bounded, so that walks over values may recurse. */
export interface Sequence {
  readonly kind: 'list' | 'tuple';
  readonly items: readonly Value[];
  readonly depth: number;
}

export interface DictEntry {
  readonly key: Value;
  readonly value: Value;
}

/** A dict, in the order of insertion; the map's keys are those of `dictKey`. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: ReadonlyMap<string, DictEntry>;
  readonly depth: number;
}

/** The `loop` of a `for`. */
export interface Loop {
  readonly kind: 'loop';
  readonly index0: number;
  readonly items: readonly Value[];
}

/** The one thing that a loop can change for what follows it. */
export interface Namespace {
  readonly kind: 'namespace';
  readonly values: Map<string, Value>;
}

/** A value of the language: a bigint is an int, a number a float, a string text. All but a namespace are immutable. */
export type Value = null | boolean | bigint | number | string | Undefined | Sequence | Dict | Loop | Namespace;

/** What `tojson` gives: text for every operation, but the structure guard knows what it stands for. */
export interface JsonText {
  readonly kind: 'json';
  readonly text: string;
  readonly value: Value;
}

export function undefinedValue(reason: string): Undefined {
  return { kind: 'undefined', reason };
}

/** The value, or undefined where there is none; None is a value. */
export function orUndefined<Found>(value: Found | undefined, reason: string): Found | Undefined {
  return value === undefined ? undefinedValue(reason) : value;
}

export function isUndefined(value: Value): value is Undefined {
  return typeof value === 'object' && value !== null && value.kind === 'undefined';
}

export function isSequence(value: Value): value is Sequence {
  return typeof value === 'object' && value !== null && (value.kind === 'list' || value.kind === 'tuple');
}

export function isDict(value: Value): value is Dict {
  return typeof value === 'object' && value !== null && value.kind === 'dict';
}

/** True for what Python counts with: int, float, bool. */
export function isNumeric(value: Value): value is bigint | number | boolean {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
}

/** True for an int, a bool included. */
export function isInteger(value: Value): value is bigint | boolean {
  return typeof value === 'bigint' || typeof value === 'boolean';
}

/** Python's truth of a value. */
export function truthy(value: Value): boolean {
  if (typeof value !== 'object') return Boolean(value);
  if (value === null) return false;
  switch (value.kind) {
    case 'undefined':
      return false;
    case 'list':
    case 'tuple':
      return value.items.length > 0;
    case 'dict':
      return value.entries.size > 0;
    case 'loop':
    case 'namespace':
      return true;
  }
}

/** Python's name of the type, for errors. */
export function typeName(value: Value): string {
  switch (typeof value) {
    case 'boolean':
      return 'bool';
    case 'bigint':
      return 'int';
    case 'number':
      return 'float';
    case 'string':
      return 'str';
    default:
      return value === null ? 'None' : value.kind;
  }
}
