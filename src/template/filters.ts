import { limits } from '../kernel/index.ts';
import { getPath } from './access.ts';
import { type Arguments, Parameters } from './arguments.ts';
import { fitsInteger } from './arithmetic.ts';
import type { Filter } from './filter.ts';
import { jsonText } from './json-text.ts';
import { matchesPattern } from './match-pattern.ts';
import { capitalize, changeCase, replaceText, scanned } from './methods.ts';
import { iterate, walk } from './operators.ts';
import { formatPercent } from './percent-format.ts';
import { print } from './printing.ts';
import { roundNumber } from './rounding.ts';
import type { Run } from './run.ts';
import { sequenceFilters } from './sequence-filters.ts';
import { characterCount, splitLines, stripText } from './text.ts';
import {
  isDict,
  isInteger,
  isNumeric,
  isSequence,
  isUndefined,
  type JsonText,
  truthy,
  typeName,
  type Value,
} from './value.ts';

const textFilters: readonly (readonly [string, Filter])[] = [
  ['string', plain((run, value) => print(run, value))],
  ['lower', plain((run, value) => changeCase(run, print(run, value), 'toLowerCase'))],
  ['upper', plain((run, value) => changeCase(run, print(run, value), 'toUpperCase'))],
  ['capitalize', plain((run, value) => capitalize(run, print(run, value)))],
  ['title', plain((run, value) => title(run, print(run, value)))],
  ['trim', trim],
  ['replace', replace],
  ['indent', indent],
  ['format', format],
  ['urlencode', plain((run, value) => urlEncode(run, value))],
  ['tojson', plain((run, value) => jsonText(run, value))],
  ['match', match],
];

const valueFilters: readonly (readonly [string, Filter])[] = [
  ['default', defaultFilter],
  ['d', defaultFilter],
  ['int', int],
  ['float', float],
  ['abs', plain(absolute)],
  ['round', roundFilter],
  ['length', plain(length)],
  ['count', plain(length)],
];

/** Every filter by its name. */
export const filters: ReadonlyMap<string, Filter> = new Map([
  ...textFilters,
  ...valueFilters,
  ...sequenceFilters,
  ['map', map],
]);

function plain(filter: (run: Run, value: Value) => Value | JsonText): Filter {
  return (run, value, args) => {
    new Parameters(run, args, []);
    return filter(run, value);
  };
}

function title(run: Run, text: string): string {
  run.scan(2 * text.length);
  const words = text.split(/([-\s({[<]+)/).map((word) => {
    const [first = ''] = word;
    return first.toUpperCase() + word.slice(first.length).toLowerCase();
  });
  return run.text(words.join(''));
}

function trim(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['chars']);
  const text = print(run, value);
  run.scan(text.length);
  if (parameters.value('chars') === null) return stripText(text, 'both');
  return stripText(text, 'both', new Set(iterate(run, parameters.text('chars')).map(String)));
}

function replace(run: Run, value: Value, args: Arguments): Value {
  const { old, replacement, count } = replacementOf(run, args);
  return replaceText(run, print(run, value), old, replacement, count);
}

/** The arguments of `replace`. A negative count means all. */
export function replacementOf(
  run: Run,
  args: Arguments,
): { readonly old: string; readonly replacement: string; readonly count: number } {
  const parameters = new Parameters(run, args, ['old', 'new', 'count'], 2);
  const count = parameters.value('count') === null ? -1 : parameters.integer('count', -1);
  return { old: print(run, parameters.value('old')), replacement: print(run, parameters.value('new')), count };
}

function indent(run: Run, value: Value, args: Arguments): Value {
  const { indention, first, blank } = indentionOf(run, args);
  if (typeof value !== 'string') throw run.fail(`indent asks for str, not ${typeName(value)}`);
  const lines = splitLines(`${scanned(run, value)}\n`);
  run.charge(lines.length);
  run.reserve(value.length + lines.length * indention.length);
  const indented = lines.map((line, i) => (i === 0 || (!blank && line === '') ? line : indention + line));
  return run.text((first ? indention : '') + indented.join('\n'));
}

/** The arguments of `indent`. */
export function indentionOf(
  run: Run,
  args: Arguments,
): { readonly indention: string; readonly first: boolean; readonly blank: boolean } {
  const parameters = new Parameters(run, args, ['width', 'first', 'blank']);
  const given = parameters.value('width');
  const width = typeof given === 'string' ? 0 : Math.max(0, parameters.integer('width', 4));
  run.reserve(width);
  const indention = typeof given === 'string' ? given : ' '.repeat(width);
  return { indention, first: parameters.flag('first'), blank: parameters.flag('blank') };
}

function format(run: Run, value: Value, args: Arguments): Value {
  return formatPercent(run, print(run, value), formatValues(run, args));
}

/** The arguments of `format` in the form of those after the `%` of Python. */
export function formatValues(run: Run, { positional, named }: Arguments): Value {
  if (named.size > 0 && positional.length > 0) throw run.fail('format takes places or names, not both');
  if (named.size === 0) return run.tuple(positional);
  return run.dict(new Map([...named].map(([key, item]) => [`s${key}`, { key, value: item }])));
}

const UNRESERVED = /^[A-Za-z0-9_.~-]$/;

function urlEncode(run: Run, value: Value): string {
  if (isDict(value)) {
    const pairs = [...value.entries.values()].map(
      ({ key, value: item }) => `${quoteUrl(run, key, false)}=${quoteUrl(run, item, false)}`,
    );
    return run.text(pairs.join('&'));
  }
  if (isSequence(value)) {
    const pairs = walk(run, value).map((pair) => walk(run, pair));
    if (pairs.some(({ length: size }) => size !== 2)) throw run.fail('urlencode asks for pairs');
    return run.text(pairs.map((pair) => pair.map((part) => quoteUrl(run, part, false)).join('=')).join('&'));
  }
  return quoteUrl(run, value, true);
}

function quoteUrl(run: Run, value: Value, isPath: boolean): string {
  const text = print(run, value);
  run.reserve(text.length * 9);
  run.scan(text.length * 3);
  const parts = Array.from(Buffer.from(text, 'utf8'), (byte) => {
    const character = String.fromCharCode(byte);
    if (UNRESERVED.test(character) || (isPath && character === '/')) return character;
    if (!isPath && character === ' ') return '+';
    return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  });
  return parts.join('');
}

/** The filter that the monitoring templates of 2017 use: re.match. Only text matches. */
function match(run: Run, value: Value, args: Arguments): Value {
  const pattern = new Parameters(run, args, ['pattern'], 1).text('pattern');
  return typeof value === 'string' && matchesPattern(run, pattern, run.text(value));
}

function defaultFilter(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['default_value', 'boolean']);
  if (!isUndefined(value) && !(parameters.flag('boolean') && !truthy(value))) return value;
  return parameters.has('default_value') ? parameters.value('default_value') : '';
}

function int(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['default', 'base']);
  const otherwise = parameters.has('default') ? parameters.value('default') : 0n;
  if (isUndefined(value)) throw run.failUndefined(value);
  const whole = typeof value === 'string' ? parseInteger(run, value, parameters.integer('base', 10)) : value;
  if (whole !== undefined && isInteger(whole)) return BigInt(whole);
  const number = typeof value === 'string' ? parseFloatText(run, value) : value;
  if (typeof number !== 'number' || Number.isNaN(number)) return otherwise;
  if (!Number.isFinite(number)) throw run.fail('infinity is not an int');
  return BigInt(Math.trunc(number));
}

const PREFIXES: ReadonlyMap<number, string> = new Map([
  [2, '0b'],
  [8, '0o'],
  [16, '0x'],
]);

const DIGITS: ReadonlyMap<number, RegExp> = new Map([
  [2, /^[01]+(?:_[01]+)*$/],
  [8, /^[0-7]+(?:_[0-7]+)*$/],
  [10, /^\d+(?:_\d+)*$/],
  [16, /^[\da-f]+(?:_[\da-f]+)*$/],
]);

function parseInteger(run: Run, text: string, base: number): bigint | undefined {
  const pattern = DIGITS.get(base);
  if (pattern === undefined) throw run.fail('the base of int is 2, 8, 10 or 16');
  run.scan(text.length);
  const [, sign = '', rest = ''] = /^([+-]?)([\s\S]*)$/.exec(stripText(text, 'both').toLowerCase()) ?? [];
  const prefix = PREFIXES.get(base) ?? '';
  const digits = prefix !== '' && rest.startsWith(prefix) ? rest.slice(prefix.length).replace(/^_/, '') : rest;
  if (!pattern.test(digits)) return undefined;
  if (digits.length > limits.templateIntegerBits) throw run.beyond('templateIntegerBits');
  const value = BigInt(prefix + digits.replaceAll('_', ''));
  if (!fitsInteger(value)) throw run.beyond('templateIntegerBits');
  return sign === '-' ? -value : value;
}

/** No two parts of it can match the same text, so it is linear. */
const FLOAT_TEXT = /^[+-]?(?:\d+(?:_\d+)*(?:\.(?:\d+(?:_\d+)*)?)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+(?:_\d+)*)?$/;

function parseFloatText(run: Run, text: string): number | undefined {
  run.scan(text.length);
  const lower = stripText(text, 'both').toLowerCase();
  const special = /^([+-]?)(?:(inf(?:inity)?)|nan)$/.exec(lower);
  if (special !== null) {
    if (special[2] === undefined) return Number.NaN;
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  return FLOAT_TEXT.test(lower) ? Number(lower.replaceAll('_', '')) : undefined;
}

function float(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['default']);
  if (isUndefined(value)) throw run.failUndefined(value);
  if (isNumeric(value)) return Number(value);
  const parsed = typeof value === 'string' ? parseFloatText(run, value) : undefined;
  return parsed ?? (parameters.has('default') ? parameters.value('default') : 0);
}

function absolute(run: Run, value: Value): Value {
  if (typeof value === 'number') return Math.abs(value);
  if (!isInteger(value)) throw run.fail(`abs asks for a number, not ${typeName(value)}`);
  const whole = BigInt(value);
  return whole < 0n ? -whole : whole;
}

function roundFilter(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['precision', 'method']);
  if (!isNumeric(value)) throw run.fail(`round asks for a number, not ${typeName(value)}`);
  const precision = parameters.integer('precision', 0);
  if (precision < 0 || precision > 15) throw run.fail('the precision of round is from 0 to 15');
  const method = parameters.text('method', 'common');
  if (method === 'common') return typeof value === 'number' ? roundNumber(value, precision) : BigInt(value);
  if (method !== 'ceil' && method !== 'floor') throw run.fail('the method of round is common, ceil or floor');
  return Math[method](Number(value) * 10 ** precision) / 10 ** precision;
}

function length(run: Run, value: Value): Value {
  if (typeof value === 'string') return BigInt(characterCount(run.text(value)));
  if (isUndefined(value)) return 0n;
  if (isSequence(value) || isDict(value)) return BigInt(iterate(run, value).length);
  throw run.fail(`${typeName(value)} has no length`);
}

function map(run: Run, value: Value, args: Arguments): Value {
  const all = truthy(value) ? walk(run, value) : [];
  if (args.named.has('attribute')) {
    const parameters = new Parameters(run, args, ['attribute', 'default']);
    return run.list(
      all.map((item) => {
        const found = getPath(run, item, parameters.value('attribute'));
        return isUndefined(found) && parameters.has('default') ? parameters.value('default') : found;
      }),
    );
  }
  const [name, ...rest] = args.positional;
  const filter = typeof name === 'string' ? filters.get(name) : undefined;
  if (filter === undefined) throw run.fail('map needs the name of a filter, or attribute=');
  const mapped = all.map((item) => {
    run.charge(1);
    const result = filter(run, item, { positional: rest, named: args.named });
    return typeof result === 'object' && result?.kind === 'json' ? result.text : result;
  });
  return run.list(mapped);
}
