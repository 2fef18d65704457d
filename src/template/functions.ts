import type { Arguments } from './arguments.ts';
import { textKey } from './context.ts';
import type { Run } from './run.ts';
import { isInteger, type Value } from './value.ts';

/** The functions that every template sees: range, dict, namespace. */
export function callFunction(run: Run, name: string, args: Arguments): Value {
  switch (name) {
    case 'range':
      return range(run, args);
    case 'dict':
      if (args.positional.length > 0) throw run.fail('dict takes named arguments only');
      return run.dict(new Map([...args.named].map(([key, value]) => [textKey(key), { key, value }])));
    case 'namespace':
      if (args.positional.length > 0) throw run.fail('namespace takes named arguments only');
      return { kind: 'namespace', values: new Map(args.named) };
    default:
      throw run.fail(`"${name}" is undefined`);
  }
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
