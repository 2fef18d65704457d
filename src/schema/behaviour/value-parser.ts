import { didYouMean, isJsonObject, type Json, type JsonObject, limits } from '../../kernel/index.ts';
import { type MappingPlace, mappingFault } from '../mapping-fault.ts';
import { hasMappingForm, inside, lateFree, listAt, patternAt, textAt } from '../mapping-parser.ts';
import { parseGenerated } from './generated.ts';
import type { Condition, Value } from './value.ts';

/**
 * Parses a value (docs/behaviour.md). `place` names it in errors ('gateway, behaviour/takes/vlan/from').
 * @throws MAPPING_INVALID with the JSON pointer inside the value, and the reason
 */
export function parseValue(source: Json, place: string): Value {
  return valueAt(source, { name: place, pointer: '', depth: 0 });
}

/** Parses a condition. @throws MAPPING_INVALID as parseValue */
export function parseCondition(source: Json, place: string): Condition {
  return conditionAt(source, { name: place, pointer: '', depth: 0 });
}

interface Form<Node> {
  readonly key: string;
  readonly others: readonly string[];
  readonly parse: (source: JsonObject, place: MappingPlace) => Node;
}

const valueForms: readonly Form<Value>[] = [
  { key: 'list', others: [], parse: (source, place) => ({ kind: 'list', parts: partsAt(source, 'list', place) }) },
  {
    key: 'object',
    others: [],
    parse: (source, place) => ({ kind: 'object', entries: mapAt(source, 'object', place) }),
  },
  { key: 'element', others: ['index', 'key'], parse: parseElement },
  { key: 'find', others: ['where', 'field'], parse: parseFind },
  { key: 'address', others: ['index'], parse: parseAddress },
  { key: 'integer', others: [], parse: (source, place) => ({ kind: 'integer', of: partAt(source, 'integer', place) }) },
  { key: 'sum', others: [], parse: (source, place) => ({ kind: 'sum', parts: partsAt(source, 'sum', place) }) },
  { key: 'concatenate', others: [], parse: parseConcatenate },
  { key: 'generate', others: ['prefix', 'length'], parse: parseGenerated },
  { key: 'when', others: ['value', 'otherwise'], parse: parseWhen },
];

const conditionForms: readonly Form<Condition>[] = [
  { key: 'equal', others: [], parse: parseEqual },
  { key: 'one_of', others: [], parse: parseOneOf },
  { key: 'regexp', others: [], parse: parseRegexp },
  { key: 'present', others: [], parse: (source, place) => ({ kind: 'present', of: partAt(source, 'present', place) }) },
  { key: 'not', others: [], parse: parseNot },
  {
    key: 'all',
    others: [],
    parse: (source, place) => ({ kind: 'all', conditions: conditionsAt(source, 'all', place) }),
  },
  {
    key: 'any',
    others: [],
    parse: (source, place) => ({ kind: 'any', conditions: conditionsAt(source, 'any', place) }),
  },
];

function valueAt(source: Json, place: MappingPlace): Value {
  checkDepth(place);
  if (isJsonObject(source)) {
    const value = formAt(source, valueForms, place);
    if (value !== null) return value;
    if (!hasMappingForm(source)) throw foreign(source, place, ['field', ...valueForms.map(({ key }) => key)]);
  } else if (typeof source !== 'string') {
    throw mappingFault(place, 'a value is a string or an object; {constant: …} is a constant');
  }
  return Object.freeze({ kind: 'mapping', mapping: lateFree(source, place) } as const);
}

function conditionAt(source: Json, place: MappingPlace): Condition {
  checkDepth(place);
  const keys = conditionForms.map(({ key }) => key);
  if (!isJsonObject(source))
    throw mappingFault(place, `a condition is an object with one of the keys ${keys.join(', ')}`);
  const condition = formAt(source, conditionForms, place);
  if (condition === null) throw foreign(source, place, keys);
  return condition;
}

function checkDepth(place: MappingPlace): void {
  if (place.depth > limits.mappingDepth) throw mappingFault(place, `nested deeper than ${limits.mappingDepth} levels`);
}

/** Parses the object by the form whose key it has. Returns null if it has none of these forms. */
function formAt<Node>(source: JsonObject, forms: readonly Form<Node>[], place: MappingPlace): Node | null {
  const form = forms.find(({ key }) => Object.hasOwn(source, key));
  if (form === undefined) return null;
  const wrong = Object.keys(source).find((key) => key !== form.key && !form.others.includes(key));
  if (wrong !== undefined) {
    const hint = didYouMean(wrong, form.others);
    throw mappingFault(place, `the key ${JSON.stringify(wrong)} doesn't go with ${form.key}${hint}`);
  }
  return Object.freeze(form.parse(source, place));
}

function foreign(source: JsonObject, place: MappingPlace, known: readonly string[]): Error {
  const hint = Object.keys(source).reduce((found, key) => found || didYouMean(key, known), '');
  return mappingFault(place, `none of the keys ${known.join(', ')}${hint}`);
}

/** Returns the mapping of that name if all parts are mappings. */
function parseConcatenate(source: JsonObject, place: MappingPlace): Value {
  const at = inside(place, 'concatenate');
  const parts = listAt(source.concatenate, at).map((part, i) => operandAt(part, inside(at, i)));
  if (parts.every(({ kind }) => kind === 'mapping')) return { kind: 'mapping', mapping: lateFree(source, place) };
  return { kind: 'concatenate', parts: Object.freeze(parts) };
}

function parseElement(source: JsonObject, place: MappingPlace): Value {
  return {
    kind: 'element',
    of: partAt(source, 'element', place),
    index: indexAt(source, place),
    key: source.key === undefined ? null : textAt(source.key, inside(place, 'key')),
  };
}

function parseFind(source: JsonObject, place: MappingPlace): Value {
  const where = mapAt(source, 'where', place);
  if (where.size === 0) throw mappingFault(inside(place, 'where'), 'a field and its value are needed');
  return {
    kind: 'find',
    type: textAt(source.find, inside(place, 'find')),
    where,
    field: textAt(source.field, inside(place, 'field')),
  };
}

function parseAddress(source: JsonObject, place: MappingPlace): Value {
  return { kind: 'address', network: partAt(source, 'address', place), index: indexAt(source, place) };
}

function parseWhen(source: JsonObject, place: MappingPlace): Value {
  return {
    kind: 'when',
    condition: conditionAt(source.when ?? null, inside(place, 'when')),
    value: partAt(source, 'value', place),
    otherwise: source.otherwise === undefined ? null : partAt(source, 'otherwise', place),
  };
}

function parseEqual(source: JsonObject, place: MappingPlace): Condition {
  const at = inside(place, 'equal');
  const operands = listAt(source.equal, at).map((part, i) => operandAt(part, inside(at, i)));
  if (operands.length < 2) throw mappingFault(at, 'two operands at least are needed');
  // 'Pname' is a mapping everywhere else: comparing only constants is never intended.
  if (operands.every((operand) => operand.kind === 'mapping' && operand.mapping.kind === 'constant')) {
    throw mappingFault(at, 'only constants are compared: a bare text is itself here, {field: …} reads a property');
  }
  return { kind: 'equal', operands: Object.freeze(operands) };
}

function parseOneOf(source: JsonObject, place: MappingPlace): Condition {
  const at = inside(place, 'one_of');
  const [subject, values] = pairAt(source.one_of, at, 'a value and the list of what it may be are needed');
  return {
    kind: 'oneOf',
    subject: valueAt(subject, inside(at, 0)),
    values: Object.freeze([...listAt(values, inside(at, 1))]),
  };
}

function parseRegexp(source: JsonObject, place: MappingPlace): Condition {
  const at = inside(place, 'regexp');
  const [subject, pattern] = pairAt(source.regexp, at, 'a subject and a pattern are needed');
  return { kind: 'regexp', subject: valueAt(subject, inside(at, 0)), pattern: patternAt(pattern, inside(at, 1)) };
}

function parseNot(source: JsonObject, place: MappingPlace): Condition {
  return { kind: 'not', condition: conditionAt(source.not ?? null, inside(place, 'not')) };
}

function conditionsAt(source: JsonObject, key: string, place: MappingPlace): readonly Condition[] {
  const at = inside(place, key);
  const conditions = listAt(source[key], at).map((part, i) => conditionAt(part, inside(at, i)));
  if (conditions.length === 0) throw mappingFault(at, 'the list is empty');
  return Object.freeze(conditions);
}

/** An operand of `equal` and `concatenate`: a bare text is itself. */
function operandAt(source: Json, place: MappingPlace): Value {
  return valueAt(typeof source === 'string' ? { constant: source } : source, place);
}

function partAt(source: JsonObject, key: string, place: MappingPlace): Value {
  const part = source[key];
  if (part === undefined) throw mappingFault(place, `the key ${key} is missing`);
  return valueAt(part, inside(place, key));
}

function partsAt(source: JsonObject, key: string, place: MappingPlace): readonly Value[] {
  const at = inside(place, key);
  return Object.freeze(listAt(source[key], at).map((part, i) => valueAt(part, inside(at, i))));
}

function mapAt(source: JsonObject, key: string, place: MappingPlace): ReadonlyMap<string, Value> {
  const at = inside(place, key);
  const map = source[key];
  if (!isJsonObject(map)) throw mappingFault(at, 'an object is expected');
  return new Map(Object.entries(map).map(([name, part]) => [name, valueAt(part, inside(at, name))]));
}

function indexAt(source: JsonObject, place: MappingPlace): number {
  if (!Number.isSafeInteger(source.index)) throw mappingFault(inside(place, 'index'), 'an integer is expected');
  return Number(source.index);
}

function pairAt(source: Json | undefined, place: MappingPlace, needed: string): readonly [Json, Json] {
  const [first, second, ...rest] = listAt(source, place);
  if (first === undefined || second === undefined || rest.length > 0) throw mappingFault(place, needed);
  return [first, second];
}
