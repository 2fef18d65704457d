import { type Arguments, Parameters } from './arguments.ts';
import { calculate, compareBy } from './operators.ts';
import { print } from './printing.ts';
import type { Run } from './run.ts';
import type { CompareOperator } from './syntax.ts';
import { isDict, isInteger, isNumeric, isSequence, isUndefined, truthy, type Value } from './value.ts';

type Test = (run: Run, value: Value, args: Arguments) => boolean;

/** The tests after `is`, and in select and similar filters. */
export const tests: ReadonlyMap<string, Test> = new Map<string, Test>([
  ['defined', simple((value) => !isUndefined(value))],
  ['undefined', simple(isUndefined)],
  ['none', simple((value) => value === null)],
  ['boolean', simple((value) => typeof value === 'boolean')],
  ['true', simple((value) => value === true)],
  ['false', simple((value) => value === false)],
  ['integer', simple((value) => typeof value === 'bigint')],
  ['float', simple((value) => typeof value === 'number')],
  ['number', simple(isNumeric)],
  ['string', simple((value) => typeof value === 'string')],
  ['mapping', simple(isDict)],
  [
    'iterable',
    simple((value) => typeof value === 'string' || isSequence(value) || isDict(value) || isUndefined(value)),
  ],
  [
    'sequence',
    simple((value) => typeof value === 'string' || isSequence(value) || isDict(value) || isUndefined(value)),
  ],
  ['odd', (run, value, args) => remainder(run, value, args, 2n) === 1n],
  ['even', (run, value, args) => remainder(run, value, args, 2n) === 0n],
  ['lower', simple((value, run) => isCase(run, print(run, value), 'toLowerCase'))],
  ['upper', simple((value, run) => isCase(run, print(run, value), 'toUpperCase'))],
  ['divisibleby', (run, value, args) => !truthy(calculate(run, '%', value, operand(run, args)))],
  ['sameas', (run, value, args) => isSame(value, operand(run, args))],
  ...comparisons('==', 'eq', 'equalto', '=='),
  ...comparisons('!=', 'ne', '!='),
  ...comparisons('<', 'lt', 'lessthan', '<'),
  ...comparisons('<=', 'le', '<='),
  ...comparisons('>', 'gt', 'greaterthan', '>'),
  ...comparisons('>=', 'ge', '>='),
  ...comparisons('in', 'in'),
]);

function simple(test: (value: Value, run: Run) => boolean): Test {
  return (run, value, args) => {
    new Parameters(run, args, []);
    return test(value, run);
  };
}

function operand(run: Run, args: Arguments): Value {
  return new Parameters(run, args, ['other'], 1).value('other');
}

function comparisons(operator: CompareOperator, ...names: readonly string[]): readonly (readonly [string, Test])[] {
  return names.map((name) => [name, (run, value, args) => compareBy(run, operator, value, operand(run, args))]);
}

function remainder(run: Run, value: Value, args: Arguments, by: bigint): Value {
  new Parameters(run, args, []);
  const rest = isNumeric(value) || isUndefined(value) ? calculate(run, '%', value, by) : value;
  if (!isNumeric(rest)) throw run.fail('odd and even ask for a number');
  return isInteger(rest) ? BigInt(rest) : Number.isInteger(rest) ? BigInt(rest) : rest;
}

function isCase(run: Run, text: string, convert: 'toLowerCase' | 'toUpperCase'): boolean {
  run.scan(text.length * 3);
  return text === text[convert]() && text.toLowerCase() !== text.toUpperCase();
}

function isSame(a: Value, b: Value): boolean {
  return a === b || (isUndefined(a) && isUndefined(b));
}
