import type { Arguments } from './arguments.ts';
import { textKey } from './context.ts';
import type { Run } from './run.ts';
import { type DictEntry, isInteger, type Value } from './value.ts';

type TemplateFunction = (run: Run, args: Arguments) => Value;

/** The functions that every template can use. */
export const functions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['range', range],
  ['dict', (run, args) => run.dict(new Map([...namedOnly(run, 'dict', args)].map(dictEntry)))],
  ['namespace', (run, args) => ({ kind: 'namespace', values: new Map(namedOnly(run, 'namespace', args)) })],
]);

export function callFunction(run: Run, name: string, args: Arguments): Value {
  const called = functions.get(name);
  if (called === undefined) throw run.fail(`"${name}" is undefined`);
  return called(run, args);
}

function namedOnly(run: Run, name: string, { positional, named }: Arguments): ReadonlyMap<string, Value> {
  if (positional.length > 0) throw run.fail(`${name} takes named arguments only`);
  return named;
}

function dictEntry([key, value]: readonly [string, Value]): readonly [string, DictEntry] {
  return [textKey(key), { key, value }];
}

function range(run: Run, { positional, named }: Arguments): Value {
  const bounds = positional.filter(isInteger).map(Number);
  if (named.size > 0 || bounds.length !== positional.length || bounds.length < 1 || bounds.length > 3) {
    throw run.fail('range takes one to three int');
  }
  const [first = 0, second, step = 1] = bounds;
  if (step === 0) throw run.fail('the step of range is zero');
  const [start, stop] = second === undefined ? [0, first] : [first, second];
  const count = Math.max(0, Math.ceil((stop - start) / step));
  run.charge(count);
  return run.list(Array.from({ length: count }, (_, i) => BigInt(start + i * step)));
}
