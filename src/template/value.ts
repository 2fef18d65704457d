/** The value of a missing name, attribute or item: it prints nothing, is false, and iterates over nothing. */
export interface Undefined {
  readonly kind: 'undefined';
  /** The reason in the error of using it. Never contains a value. */
  readonly reason: string;
}

/** A list or tuple. `depth` is the nesting of containers. It is limited, so that walks over values may recurse. */
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

/** The only value that a loop can change for the statements after it. */
export interface Namespace {
  readonly kind: 'namespace';
  readonly values: Map<string, Value>;
}

/** A value of the language: a bigint is an int, a number a float, a string text. All but a namespace are immutable. */
export type Value = null | boolean | bigint | number | string | Undefined | Sequence | Dict | Loop | Namespace;

/** The result of `tojson`: text for every operation, except that the structure guard knows its value. */
export interface JsonText {
  readonly kind: 'json';
  readonly text: string;
  readonly value: Value;
}

export function undefinedValue(reason: string): Undefined {
  return { kind: 'undefined', reason };
}

/** Returns the value, or undefined if there is none. None is a value. */
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

/** Whether a value is a number for Python: int, float, bool. */
export function isNumeric(value: Value): value is bigint | number | boolean {
  return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'boolean';
}

/** Whether a value is an int, including bool. */
export function isInteger(value: Value): value is bigint | boolean {
  return typeof value === 'bigint' || typeof value === 'boolean';
}

/** Whether a value is true in Python. */
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
