import { floatOperation, integerOperation } from './arithmetic.ts';
import { textKey } from './context.ts';
import { formatPercent } from './percent-format.ts';
import type { Run } from './run.ts';
import { positionsOf } from './search.ts';
import type { ArithmeticOperator, CompareOperator } from './syntax.ts';
import { characters, compareText } from './text.ts';
import { isDict, isInteger, isNumeric, isSequence, isUndefined, typeName, type Value } from './value.ts';

/** `a + b` and similar operations as in Python, within the limits of integers and texts. */
export function calculate(run: Run, operator: ArithmeticOperator, a: Value, b: Value): Value {
  if (isUndefined(a)) throw run.failUndefined(a);
  if (operator === '%' && typeof a === 'string') return formatPercent(run, a, b);
  if (isUndefined(b)) throw run.failUndefined(b);
  if (isNumeric(a) && isNumeric(b)) {
    if (typeof a === 'number' || typeof b === 'number') return floatOperation(run, operator, Number(a), Number(b));
    return integerOperation(run, operator, BigInt(a), BigInt(b));
  }
  if (operator === '+') return concatenate(run, a, b);
  if (operator === '*' && isInteger(b)) return repeat(run, a, Number(b));
  if (operator === '*' && isInteger(a)) return repeat(run, b, Number(a));
  throw unsupported(run, operator, a, b);
}

function concatenate(run: Run, a: Value, b: Value): Value {
  if (typeof a === 'string' && typeof b === 'string') {
    run.reserve(a.length + b.length);
    return a + b;
  }
  if (isSequence(a) && isSequence(b) && a.kind === b.kind) {
    run.charge(a.items.length + b.items.length);
    const items = [...a.items, ...b.items];
    return a.kind === 'list' ? run.list(items) : run.tuple(items);
  }
  throw unsupported(run, '+', a, b);
}

function repeat(run: Run, value: Value, count: number): Value {
  const times = Math.min(Math.max(0, count), Number.MAX_SAFE_INTEGER);
  if (typeof value === 'string') {
    run.reserve(value.length * times);
    return value.repeat(times);
  }
  if (!isSequence(value)) throw unsupported(run, '*', value, 0n);
  run.charge(value.items.length * times);
  const items = value.items.length === 0 ? [] : Array.from({ length: times }, () => value.items).flat();
  return value.kind === 'list' ? run.list(items) : run.tuple(items);
}

function unsupported(run: Run, operator: string, a: Value, b: Value): Error {
  return run.fail(`"${operator}" is not possible between ${typeName(a)} and ${typeName(b)}`);
}

/** The signs `-a` and `+a`. */
export function applySign(run: Run, negative: boolean, value: Value): Value {
  if (isUndefined(value)) throw run.failUndefined(value);
  if (typeof value === 'number') return negative ? -value : value;
  if (isInteger(value)) return negative ? -BigInt(value) : BigInt(value);
  throw run.fail(`a sign is not possible before ${typeName(value)}`);
}

export function compareBy(run: Run, operator: CompareOperator, a: Value, b: Value): boolean {
  switch (operator) {
    case '==':
      return equals(run, a, b);
    case '!=':
      return !equals(run, a, b);
    case 'in':
      return contains(run, b, a);
    case 'not in':
      return !contains(run, b, a);
    case '<':
      return order(run, a, b) < 0;
    case '<=':
      return order(run, a, b) <= 0;
    case '>':
      return order(run, a, b) > 0;
    case '>=':
      return order(run, a, b) >= 0;
  }
}

/** Python's `==`: 1, 1.0 and True are equal; a list and a tuple never are. */
export function equals(run: Run, a: Value, b: Value): boolean {
  run.charge(1);
  if (isNumeric(a) && isNumeric(b)) return orderNumbers(a, b) === 0;
  if (typeof a === 'string' && typeof b === 'string') {
    run.reserve(Math.min(a.length, b.length));
    return a === b;
  }
  if (isSequence(a) && isSequence(b)) {
    return (
      a.kind === b.kind &&
      a.items.length === b.items.length &&
      a.items.every((item, i) => equals(run, item, b.items[i] ?? null))
    );
  }
  if (isDict(a) && isDict(b)) {
    if (a.entries.size !== b.entries.size) return false;
    for (const [key, { value }] of a.entries) {
      const other = b.entries.get(key);
      if (other === undefined || !equals(run, value, other.value)) return false;
    }
    return true;
  }
  return a === b || (isUndefined(a) && isUndefined(b));
}

/** Below 0, 0 or above. NaN if the numbers have no order. Fails where Python does: between types. */
export function order(run: Run, a: Value, b: Value): number {
  run.charge(1);
  if (isUndefined(a)) throw run.failUndefined(a);
  if (isUndefined(b)) throw run.failUndefined(b);
  if (isNumeric(a) && isNumeric(b)) return orderNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') {
    run.reserve(Math.min(a.length, b.length));
    return compareText(a, b);
  }
  if (isSequence(a) && isSequence(b) && a.kind === b.kind) {
    for (const [i, item] of a.items.entries()) {
      const other = b.items[i];
      if (other === undefined) break;
      if (!equals(run, item, other)) return order(run, item, other);
    }
    return a.items.length - b.items.length;
  }
  throw run.fail(`${typeName(a)} and ${typeName(b)} have no order`);
}

function orderNumbers(a: bigint | number | boolean, b: bigint | number | boolean): number {
  const left = typeof a === 'boolean' ? BigInt(a) : a;
  const right = typeof b === 'boolean' ? BigInt(b) : b;
  if (left < right) return -1;
  if (left > right) return 1;
  return Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : 0;
}

/** Python's `item in container`. */
export function contains(run: Run, container: Value, item: Value): boolean {
  if (typeof container === 'string') {
    if (typeof item !== 'string') throw run.fail(`"in" a str needs a str, not ${typeName(item)}`);
    return item === '' || positionsOf(run, container, item, 1).length > 0;
  }
  if (isDict(container)) return container.entries.has(dictKey(run, item));
  return iterate(run, container).some((part) => equals(run, part, item));
}

/** The items that a `for` iterates over. Fails for a value without items. */
export function iterate(run: Run, value: Value): readonly Value[] {
  if (isUndefined(value)) return [];
  if (isSequence(value)) return value.items;
  if (typeof value === 'string') {
    run.charge(value.length);
    return characters(value);
  }
  if (isDict(value)) {
    run.charge(value.entries.size);
    return [...value.entries.values()].map((entry) => entry.key);
  }
  throw run.fail(`${typeName(value)} has no items`);
}

/** The same for operations on all items that count no other work for each. */
export function walk(run: Run, value: Value): readonly Value[] {
  const items = iterate(run, value);
  run.charge(items.length);
  return items;
}

/** The key under which a dict holds a value: the same for values that are equal in Python. */
export function dictKey(run: Run, value: Value): string {
  run.charge(1);
  if (typeof value === 'string') return textKey(run.text(value));
  if (value === null) return 'none';
  if (isInteger(value)) return `n${BigInt(value)}`;
  if (typeof value === 'number') return Number.isInteger(value) ? `n${BigInt(value)}` : `n${value}`;
  if (isSequence(value) && value.kind === 'tuple') {
    return run.text(`t${JSON.stringify(value.items.map((item) => dictKey(run, item)))}`);
  }
  if (isUndefined(value)) return 'undefined';
  throw run.fail(`${typeName(value)} can not be a key`);
}
