import { textKey } from './context.ts';
import { dictKey } from './operators.ts';
import type { Run } from './run.ts';
import { characters } from './text.ts';
import {
  isInteger,
  isSequence,
  isUndefined,
  type Loop,
  orUndefined,
  typeName,
  undefinedValue,
  type Value,
} from './value.ts';

/**
 * `value.name`: an entry of a dict, a part of `loop` or of a namespace; otherwise undefined. There is no other access
 * to a value: attributes of JavaScript objects are never read.
 */
export function getAttribute(run: Run, value: Value, name: string): Value {
  if (isUndefined(value)) throw run.failUndefined(value);
  return orUndefined(attributeOf(value, name), `${typeName(value)} has no attribute "${name}"`);
}

function attributeOf(value: Value, name: string): Value | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  switch (value.kind) {
    case 'dict':
      return value.entries.get(textKey(name))?.value;
    case 'loop':
      return loopAttribute(value, name);
    case 'namespace':
      return value.values.get(name);
    case 'undefined':
    case 'list':
    case 'tuple':
      return undefined;
  }
}

function loopAttribute(loop: Loop, name: string): Value | undefined {
  const { index0, items } = loop;
  switch (name) {
    case 'index':
      return BigInt(index0 + 1);
    case 'index0':
      return BigInt(index0);
    case 'revindex':
      return BigInt(items.length - index0);
    case 'revindex0':
      return BigInt(items.length - index0 - 1);
    case 'first':
      return index0 === 0;
    case 'last':
      return index0 === items.length - 1;
    case 'length':
      return BigInt(items.length);
    // Nested loops count only if they are recursive, which none is.
    case 'depth':
      return 1n;
    case 'depth0':
      return 0n;
    case 'previtem':
      return orUndefined(items[index0 - 1], 'there is no previous item');
    case 'nextitem':
      return orUndefined(items[index0 + 1], 'there is no next item');
    default:
      return undefined;
  }
}

/** `value[index]`. undefined if there is no such item. The index may be a tenant's, so no error contains it. */
export function getItem(run: Run, value: Value, index: Value): Value {
  if (isUndefined(value)) throw run.failUndefined(value);
  const missing = `${typeName(value)} has no such item`;
  if (typeof value === 'object' && value?.kind === 'dict') {
    return orUndefined(value.entries.get(dictKey(run, index))?.value, missing);
  }
  if (isInteger(index) && (isSequence(value) || typeof value === 'string')) {
    const items = sequenceItems(run, value);
    return orUndefined(items.at(Number(index)), missing);
  }
  return typeof index === 'string'
    ? orUndefined(attributeOf(value, run.text(index)), missing)
    : undefinedValue(missing);
}

/** Python's `value[start:stop:step]`. null means an omitted bound. */
export function slice(run: Run, value: Value, bounds: { start: Value; stop: Value; step: Value }): Value {
  if (isUndefined(value)) throw run.failUndefined(value);
  if (!isSequence(value) && typeof value !== 'string') throw run.fail(`${typeName(value)} has no slices`);
  const items = sequenceItems(run, value);
  const step = bound(run, bounds.step) ?? 1;
  if (step === 0) throw run.fail('the step of a slice is zero');
  const { length } = items;
  const clamp = (index: number, low: number, high: number) =>
    Math.min(Math.max(index < 0 ? index + length : index, low), high);
  const [low, high] = step > 0 ? [0, length] : [-1, length - 1];
  const start = bound(run, bounds.start);
  const stop = bound(run, bounds.stop);
  const first = start === undefined ? (step > 0 ? low : high) : clamp(start, low, high);
  const end = stop === undefined ? (step > 0 ? high : low) : clamp(stop, low, high);
  const taken: Value[] = [];
  for (let i = first; step > 0 ? i < end : i > end; i += step) taken.push(items[i] ?? null);
  if (typeof value === 'string') return run.text(taken.join(''));
  return value.kind === 'list' ? run.list(taken) : run.tuple(taken);
}

function sequenceItems(run: Run, value: string | { readonly items: readonly Value[] }): readonly Value[] {
  if (typeof value !== 'string') return value.items;
  run.scan(value.length);
  return characters(value);
}

function bound(run: Run, value: Value): number | undefined {
  if (value === null) return undefined;
  if (isUndefined(value)) throw run.failUndefined(value);
  if (!isInteger(value)) throw run.fail(`a slice is bounded by int, not ${typeName(value)}`);
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

/** `a.b.0` as the filters accept it: attributes and indexes separated by dots. */
export function getPath(run: Run, value: Value, path: Value): Value {
  if (isInteger(path)) return getItem(run, value, path);
  if (typeof path !== 'string') throw run.fail(`an attribute is named by str or int, not ${typeName(path)}`);
  run.scan(path.length);
  let found = value;
  for (const part of path.split('.')) {
    run.charge(1);
    found = getItem(run, found, /^\d{1,9}$/.test(part) ? BigInt(part) : part);
  }
  return found;
}
