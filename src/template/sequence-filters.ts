import { getPath } from './access.ts';
import { type Arguments, noArguments, Parameters } from './arguments.ts';
import type { Filter } from './filter.ts';
import { dictItems, joinTexts, scanned } from './methods.ts';
import { calculate, dictKey, iterate, order, walk } from './operators.ts';
import { print } from './printing.ts';
import type { Run } from './run.ts';
import { tests } from './tests.ts';
import { characters } from './text.ts';
import { isDict, isSequence, isUndefined, orUndefined, truthy, typeName, undefinedValue, type Value } from './value.ts';

/** The filters for many values. They return lists where Jinja2 returns generators. */
export const sequenceFilters: readonly (readonly [string, Filter])[] = [
  ['list', (run, value) => run.list(iterate(run, value))],
  ['first', (run, value) => orUndefined(iterate(run, value)[0], 'there is no first item')],
  ['last', (run, value) => orUndefined(iterate(run, value).at(-1), 'there is no last item')],
  ['join', join],
  ['sort', sort],
  ['unique', unique],
  ['reverse', reverse],
  ['sum', sum],
  ['min', (run, value, args) => extreme(run, value, args, -1)],
  ['max', (run, value, args) => extreme(run, value, args, 1)],
  ['batch', batch],
  ['dictsort', dictSort],
  ['items', items],
  ['groupby', groupBy],
  ['select', (run, value, args) => select(run, value, args, true)],
  ['reject', (run, value, args) => select(run, value, args, false)],
  ['selectattr', (run, value, args) => selectAttribute(run, value, args, true)],
  ['rejectattr', (run, value, args) => selectAttribute(run, value, args, false)],
];

/**
 * The key by which an item is sorted and compared: the item or an attribute. Text is compared without case by default.
 */
function keyOf(run: Run, parameters: Parameters): (item: Value) => Value {
  const attribute = parameters.value('attribute');
  const caseSensitive = parameters.flag('case_sensitive');
  return (item) => {
    const value = attribute === null ? item : getPath(run, item, attribute);
    return typeof value === 'string' && !caseSensitive ? run.text(value.toLowerCase()) : value;
  };
}

function join(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['d', 'attribute']);
  const attribute = parameters.value('attribute');
  const separator = parameters.has('d') ? print(run, parameters.value('d')) : '';
  const parts = walk(run, value).map((item) => print(run, attribute === null ? item : getPath(run, item, attribute)));
  return joinTexts(run, parts, separator);
}

function sortBy(
  run: Run,
  values: readonly Value[],
  key: (item: Value) => Value,
  descending: boolean,
): readonly Value[] {
  const keyed = values.map((item) => ({ item, key: key(item) }));
  keyed.sort((a, b) => (descending ? order(run, b.key, a.key) : order(run, a.key, b.key)));
  return keyed.map(({ item }) => item);
}

function sort(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['reverse', 'case_sensitive', 'attribute']);
  const attribute = parameters.value('attribute');
  const paths: readonly Value[] = typeof attribute === 'string' ? attribute.split(',') : [attribute];
  const caseSensitive = parameters.flag('case_sensitive');
  const partsOf = (item: Value) =>
    paths.map((path) => {
      const key = path === null ? item : getPath(run, item, path);
      return typeof key === 'string' && !caseSensitive ? run.text(key.toLowerCase()) : key;
    });
  return run.list(sortBy(run, iterate(run, value), (item) => run.list(partsOf(item)), parameters.flag('reverse')));
}

function unique(run: Run, value: Value, args: Arguments): Value {
  const key = keyOf(run, new Parameters(run, args, ['case_sensitive', 'attribute']));
  const seen = new Map<string, Value>();
  for (const item of iterate(run, value)) {
    const itemKey = dictKey(run, key(item));
    if (!seen.has(itemKey)) seen.set(itemKey, item);
  }
  return run.list([...seen.values()]);
}

function reverse(run: Run, value: Value): Value {
  if (typeof value === 'string') return run.text(characters(scanned(run, value)).toReversed().join(''));
  return run.list(iterate(run, value).toReversed());
}

function sum(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['attribute', 'start']);
  const attribute = parameters.value('attribute');
  const start = parameters.has('start') ? parameters.value('start') : 0n;
  return walk(run, value).reduce(
    (total, item) => calculate(run, '+', total, attribute === null ? item : getPath(run, item, attribute)),
    start,
  );
}

function extreme(run: Run, value: Value, args: Arguments, sign: 1 | -1): Value {
  const key = keyOf(run, new Parameters(run, args, ['case_sensitive', 'attribute']));
  const [first, ...rest] = iterate(run, value);
  if (first === undefined) return undefinedValue('there is no item to choose from');
  return rest.reduce((best, item) => (order(run, key(item), key(best)) * sign > 0 ? item : best), first);
}

function batch(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['linecount', 'fill_with'], 1);
  const size = parameters.integer('linecount', 1);
  if (size < 1) throw run.fail('batch needs a size of 1 or more');
  const all = iterate(run, value);
  const batches: Value[] = [];
  for (let i = 0; i < all.length; i += size) {
    const items = all.slice(i, i + size);
    const fill = parameters.value('fill_with');
    if (fill !== null && items.length < size) {
      run.charge(size);
      while (items.length < size) items.push(fill);
    }
    batches.push(run.list(items));
  }
  return run.list(batches);
}

function dictSort(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['case_sensitive', 'by', 'reverse']);
  if (!isDict(value)) throw run.fail(`dictsort asks for a dict, not ${typeName(value)}`);
  const by = parameters.text('by', 'key');
  if (by !== 'key' && by !== 'value') throw run.fail('dictsort sorts by "key" or "value"');
  const caseSensitive = parameters.flag('case_sensitive');
  const key = (pair: Value) => {
    const found = isSequence(pair) ? (pair.items[by === 'key' ? 0 : 1] ?? null) : null;
    return typeof found === 'string' && !caseSensitive ? run.text(found.toLowerCase()) : found;
  };
  return run.list(sortBy(run, dictItems(run, value), key, parameters.flag('reverse')));
}

function items(run: Run, value: Value): Value {
  if (isUndefined(value)) return run.list([]);
  if (!isDict(value)) throw run.fail(`items asks for a dict, not ${typeName(value)}`);
  return run.list(dictItems(run, value));
}

function groupBy(run: Run, value: Value, args: Arguments): Value {
  const parameters = new Parameters(run, args, ['attribute', 'default', 'case_sensitive'], 1);
  const attribute = parameters.value('attribute');
  const get = (item: Value) => {
    const found = getPath(run, item, attribute);
    return isUndefined(found) && parameters.has('default') ? parameters.value('default') : found;
  };
  const caseSensitive = parameters.flag('case_sensitive');
  const key = (item: Value) => {
    const found = get(item);
    return typeof found === 'string' && !caseSensitive ? run.text(found.toLowerCase()) : found;
  };
  const groups = new Map<string, { name: Value; members: Value[] }>();
  for (const item of sortBy(run, iterate(run, value), key, false)) {
    const groupKey = dictKey(run, key(item));
    const group = groups.get(groupKey);
    if (group === undefined) groups.set(groupKey, { name: get(item), members: [item] });
    else group.members.push(item);
  }
  return run.list([...groups.values()].map(({ name, members }) => run.tuple([name, run.list(members)])));
}

function select(run: Run, value: Value, args: Arguments, wanted: boolean): Value {
  const passes = testOf(run, args);
  return run.list(given(run, value).filter((item) => passes(item) === wanted));
}

/** Like Jinja2, these filters treat every false value as empty. */
function given(run: Run, value: Value): readonly Value[] {
  return truthy(value) ? walk(run, value) : [];
}

function selectAttribute(run: Run, value: Value, args: Arguments, wanted: boolean): Value {
  const [attribute = null, ...rest] = args.positional;
  const passes = testOf(run, { positional: rest, named: args.named });
  return run.list(given(run, value).filter((item) => passes(getPath(run, item, attribute)) === wanted));
}

function testOf(run: Run, { positional, named }: Arguments): (value: Value) => boolean {
  const [name, ...rest] = positional;
  if (name === undefined) {
    new Parameters(run, { ...noArguments, named }, []);
    return truthy;
  }
  const test = typeof name === 'string' ? tests.get(name) : undefined;
  if (test === undefined) throw run.fail('there is no test of that name');
  return (value) => {
    run.charge(1);
    return test(run, value, { positional: rest, named });
  };
}
