import { type Arguments, Parameters } from './arguments.ts';
import { dictKey, equals, iterate, walk } from './operators.ts';
import { print } from './printing.ts';
import type { Run } from './run.ts';
import { positionsOf } from './search.ts';
import { characterCount, splitBlanks, splitLines, stripText } from './text.ts';
import { type Dict, isDict, isSequence, isUndefined, type Sequence, typeName, type Value } from './value.ts';

type Method<Self> = (run: Run, self: Self, args: Arguments) => Value;

/** `value.name(…)` for the methods of text, dicts and sequences that templates use, and `loop.cycle`. */
export function callMethod(run: Run, self: Value, name: string, args: Arguments): Value {
  const method = bindMethod(self, name);
  if (method !== undefined) return method(run, args);
  if (isUndefined(self)) throw run.failUndefined(self);
  throw run.fail(`${typeName(self)} has no method "${name}"`);
}

function bindMethod(self: Value, name: string): ((run: Run, args: Arguments) => Value) | undefined {
  const bind = <Self>(table: ReadonlyMap<string, Method<Self>>, value: Self) => {
    const method = table.get(name);
    return method === undefined ? undefined : (run: Run, args: Arguments) => method(run, value, args);
  };
  if (typeof self === 'string') return bind(textMethods, self);
  if (isDict(self)) return bind(dictMethods, self);
  if (isSequence(self)) return bind(sequenceMethods, self);
  if (typeof self === 'object' && self?.kind === 'loop' && name === 'cycle') {
    const { index0 } = self;
    return (run, { positional }) => {
      const value = positional[index0 % positional.length];
      if (value === undefined) throw run.fail('cycle needs values');
      return value;
    };
  }
  return undefined;
}

/** The methods of a text. */
export const textMethods: ReadonlyMap<string, Method<string>> = new Map<string, Method<string>>([
  ['split', (run, self, args) => split(run, self, args)],
  ['replace', (run, self, args) => replaceMethod(run, self, args)],
  ['strip', (run, self, args) => strip(run, self, 'both', args)],
  ['lstrip', (run, self, args) => strip(run, self, 'left', args)],
  ['rstrip', (run, self, args) => strip(run, self, 'right', args)],
  ['upper', (run, self) => changeCase(run, self, 'toUpperCase')],
  ['lower', (run, self) => changeCase(run, self, 'toLowerCase')],
  ['capitalize', (run, self) => capitalize(run, self)],
  ['startswith', (run, self, args) => affixes(run, args).some((affix) => self.startsWith(run.text(affix)))],
  ['endswith', (run, self, args) => affixes(run, args).some((affix) => self.endsWith(run.text(affix)))],
  ['join', (run, self, args) => joinMethod(run, self, args)],
  ['format', (run, self, args) => formatBraces(run, self, args)],
  ['splitlines', (run, self) => run.list(splitLines(scanned(run, self)))],
  [
    'find',
    (run, self, args) => {
      const part = new Parameters(run, args, ['sub'], 1).text('sub');
      const [at = -1] = part === '' ? [0] : positionsOf(run, self, part, 1);
      return BigInt(at < 0 ? -1 : characterCount(run.text(self.slice(0, at))));
    },
  ],
  ['count', (run, self, args) => BigInt(occurrences(run, self, new Parameters(run, args, ['sub'], 1).text('sub')))],
  ['isdigit', (run, self) => /^\p{Nd}+$/u.test(scanned(run, self))],
]);

/** The methods of a dict. */
export const dictMethods: ReadonlyMap<string, Method<Dict>> = new Map<string, Method<Dict>>([
  [
    'get',
    (run, self, args) => {
      const parameters = new Parameters(run, args, ['key', 'default'], 1);
      const entry = self.entries.get(dictKey(run, parameters.value('key')));
      return entry === undefined ? parameters.value('default') : entry.value;
    },
  ],
  ['keys', (run, self) => run.list([...self.entries.values()].map((entry) => entry.key))],
  ['values', (run, self) => run.list([...self.entries.values()].map((entry) => entry.value))],
  ['items', (run, self) => run.list(dictItems(run, self))],
]);

/** The methods of a list or a tuple. */
export const sequenceMethods: ReadonlyMap<string, Method<Sequence>> = new Map<string, Method<Sequence>>([
  [
    'count',
    (run, self, args) => {
      const wanted = new Parameters(run, args, ['value'], 1).value('value');
      return BigInt(self.items.filter((item) => equals(run, item, wanted)).length);
    },
  ],
]);

/** The pairs of a dict, as tuples. */
export function dictItems(run: Run, dict: Dict): readonly Value[] {
  return [...dict.entries.values()].map(({ key, value }) => run.tuple([key, value]));
}

/** Python's str.capitalize(), except that the few letters with a title case of their own become upper case. */
export function capitalize(run: Run, text: string): string {
  const [first = ''] = scanned(run, text);
  const [upper = ''] = first.toUpperCase();
  // "ß" becomes "Ss": only the first of the resulting letters is upper case.
  const more = first.toUpperCase().slice(upper.length).toLowerCase();
  // The lower case of a letter may depend on those before it.
  return run.text(upper + more + text.toLowerCase().slice(first.toLowerCase().length));
}

/** Python's str.replace(): at most `count` times, or all if it is negative. */
export function replaceText(run: Run, text: string, old: string, replacement: string, count: number): string {
  if (old === '') return replaceEmpty(run, text, replacement, count);
  const parts = partsBetween(run, text, old, count < 0 ? Number.POSITIVE_INFINITY : count);
  return joinTexts(run, parts, replacement);
}

function replaceEmpty(run: Run, text: string, replacement: string, count: number): string {
  const all = iterate(run, text);
  const times = count < 0 ? all.length + 1 : Math.min(count, all.length + 1);
  run.reserve(text.length + times * replacement.length);
  const before = all.map((character, i) => (i < times ? `${replacement}${character}` : character)).join('');
  return times > all.length ? before + replacement : before;
}

/** Splits a text at the first occurrences of a part, at most so many. The part is left out. */
function partsBetween(run: Run, text: string, part: string, most: number): readonly string[] {
  const places = positionsOf(run, text, part, most);
  const starts = [0, ...places.map((at) => at + part.length)];
  return starts.map((start, i) => text.slice(start, places[i] ?? text.length));
}

function occurrences(run: Run, text: string, part: string): number {
  if (part === '') return characterCount(run.text(text)) + 1;
  return positionsOf(run, text, part).length;
}

/** The text in upper or lower case. */
export function changeCase(run: Run, text: string, change: 'toUpperCase' | 'toLowerCase'): string {
  return run.text(scanned(run, text)[change]());
}

/** Returns a text after counting the work of reading each character. */
export function scanned(run: Run, text: string): string {
  run.scan(text.length);
  return text;
}

function replaceMethod(run: Run, self: string, args: Arguments): string {
  const parameters = new Parameters(run, args, ['old', 'new', 'count'], 2);
  return replaceText(run, self, parameters.text('old'), parameters.text('new'), parameters.integer('count', -1));
}

function split(run: Run, self: string, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['sep', 'maxsplit']);
  const most = parameters.integer('maxsplit', -1);
  if (parameters.value('sep') === null) {
    run.scan(self.length);
    if (most >= 0) throw run.fail('split with maxsplit needs a separator');
    return run.list(splitBlanks(self));
  }
  const separator = parameters.text('sep');
  if (separator === '') throw run.fail('split needs a separator that is not empty');
  return run.list(partsBetween(run, self, separator, most < 0 ? Number.POSITIVE_INFINITY : most));
}

function strip(run: Run, self: string, from: 'both' | 'left' | 'right', args: Arguments): string {
  const parameters = new Parameters(run, args, ['chars']);
  run.scan(self.length);
  if (parameters.value('chars') === null) return stripText(self, from);
  return stripText(self, from, new Set(iterate(run, parameters.text('chars')).map(String)));
}

function affixes(run: Run, args: Arguments): readonly string[] {
  const parameters = new Parameters(run, args, ['affix'], 1);
  const affix = parameters.value('affix');
  const given = isSequence(affix) && affix.kind === 'tuple' ? walk(run, affix) : [parameters.text('affix')];
  return given.filter((item) => typeof item === 'string');
}

function joinMethod(run: Run, self: string, args: Arguments): string {
  const items = walk(run, new Parameters(run, args, ['iterable'], 1).value('iterable'));
  const parts = items.filter((item) => typeof item === 'string');
  if (parts.length < items.length) throw run.fail('join of str takes only str; the filter join takes anything');
  return joinTexts(run, parts, self);
}

/** Joins texts with a separator, after counting the length of the result. */
export function joinTexts(run: Run, parts: readonly string[], separator: string): string {
  run.reserve(parts.reduce((length, part) => length + part.length + separator.length, 0));
  return parts.join(separator);
}

/** Python's str.format() with plain placeholders only: {}, {0}, {name}. */
function formatBraces(run: Run, self: string, { positional, named }: Arguments): string {
  let next = 0;
  const place = (part: string): string => {
    const name = /^\{(\w*)\}$/.exec(part)?.[1];
    if (name === undefined) throw run.fail('format supports only {}, {0} and {name}');
    const value = /^\d*$/.test(name) ? positional[name === '' ? next++ : Number(name)] : named.get(name);
    if (value === undefined) throw run.fail('the format has more places than there are values');
    return print(run, value);
  };
  const parts = scanned(run, self)
    .split(/(\{\{|\}\}|\{[^{}]*\}|[{}])/)
    .map((part) => {
      if (part === '{{' || part === '}}') return part.charAt(0);
      return /[{}]/.test(part) ? place(part) : part;
    });
  return joinTexts(run, parts, '');
}
