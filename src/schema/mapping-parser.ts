import { isJsonObject, type Json, type JsonObject, limits, pointerPart } from '../kernel/index.ts';
import { operatorPattern, type Pattern, PatternFault } from '../kernel/pattern/index.ts';
import type { ConcatenateMapping, Condition, Mapping, Step } from './mapping.ts';
import { type MappingPlace, mappingFault } from './mapping-fault.ts';
import { parseStringMapping } from './mapping-string-parser.ts';

/**
 * Parses a mapping of either syntax. `place` names it in errors ('heat_template x, parameter_mappings/y').
 * @throws MAPPING_INVALID with the JSON pointer inside the mapping, the character inside a string, and the reason
 */
export function parseMapping(source: Json, place: string): Mapping {
  return mappingAt(source, { name: place, pointer: '', depth: 0 });
}

function mappingAt(source: Json, place: MappingPlace): Mapping {
  if (place.depth > limits.mappingDepth) throw mappingFault(place, `nested deeper than ${limits.mappingDepth} levels`);
  if (typeof source === 'string') return parseStringMapping(source, place);
  if (!isJsonObject(source)) throw mappingFault(place, 'a mapping is a string or an object');
  const form = formOf(source);
  if (form === undefined) throw mappingFault(place, `none of the keys ${forms.map(({ key }) => key).join(', ')}`);
  const foreign = Object.keys(source).find((key) => key !== form.key && !form.others.includes(key));
  if (foreign !== undefined)
    throw mappingFault(place, `the key ${JSON.stringify(foreign)} doesn't go with ${form.key}`);
  return Object.freeze(form.parse(source, place));
}

/** Whether an object has the key of one of the object forms. */
export function hasMappingForm(source: JsonObject): boolean {
  return formOf(source) !== undefined;
}

function formOf(source: JsonObject): Form | undefined {
  return forms.find(({ key }) => Object.hasOwn(source, key));
}

interface Form {
  readonly key: string;
  readonly others: readonly string[];
  readonly parse: (source: JsonObject, place: MappingPlace) => Mapping;
}

const forms: readonly Form[] = [
  { key: 'if_mapping', others: ['then_mapping', 'else_mapping'], parse: parseConditional },
  { key: 'for_mapping', others: ['for_field'], parse: parseForEach },
  { key: 'for_field', others: ['for_mapping'], parse: parseForEach },
  { key: 'constant', others: [], parse: (source) => ({ kind: 'constant', value: source.constant ?? null }) },
  { key: 'version', others: [], parse: () => ({ kind: 'version' }) },
  { key: 'nested', others: [], parse: parseNested },
  { key: 'concatenate', others: [], parse: parseConcatenate },
  { key: 'output_key', others: ['path', 'ignore_missing'], parse: parseOutput },
  { key: 'field', others: ['path', 'ignore_missing'], parse: parseField },
];

function parseField(source: JsonObject, place: MappingPlace): Mapping {
  const path = pathAt(source, place);
  return {
    kind: 'field',
    field: textAt(source.field, inside(place, 'field')),
    path,
    ignoreMissing: ignoreMissingAt(source, place),
    recordsRelation: path.length === 0,
  };
}

function parseOutput(source: JsonObject, place: MappingPlace): Mapping {
  return {
    kind: 'output',
    outputKey: textAt(source.output_key, inside(place, 'output_key')),
    path: pathAt(source, place),
    ignoreMissing: ignoreMissingAt(source, place),
  };
}

function parseNested(source: JsonObject, place: MappingPlace): Mapping {
  const at = inside(place, 'nested');
  const keys = listAt(source.nested, at).map((key, i) => textAt(key, inside(at, i)));
  if (keys.length < 2) throw mappingFault(at, 'an object property and a key inside it are needed');
  return { kind: 'nested', keys: Object.freeze(keys) };
}

function parseConcatenate(source: JsonObject, place: MappingPlace): ConcatenateMapping {
  return { kind: 'concatenate', parts: operandsAt(source.concatenate, inside(place, 'concatenate')) };
}

function parseConditional(source: JsonObject, place: MappingPlace): Mapping {
  if (source.then_mapping === undefined) throw mappingFault(place, 'then_mapping is missing');
  return {
    kind: 'if',
    condition: Object.freeze(conditionAt(source.if_mapping ?? null, inside(place, 'if_mapping'))),
    whenTrue: mappingAt(source.then_mapping, inside(place, 'then_mapping')),
    whenFalse:
      source.else_mapping === undefined
        ? Object.freeze({ kind: 'constant', value: null } as const)
        : mappingAt(source.else_mapping, inside(place, 'else_mapping')),
  };
}

function conditionAt(source: Json, place: MappingPlace): Condition {
  if (!isJsonObject(source) || Object.keys(source).length !== 1) {
    throw mappingFault(place, 'a condition is {equal: […]} or {regexp: […]}');
  }
  if (Object.hasOwn(source, 'equal')) {
    const at = inside(place, 'equal');
    const operands = operandsAt(source.equal, at);
    if (operands.length < 2) throw mappingFault(at, 'two operands at least are needed');
    return { kind: 'equal', operands };
  }
  if (!Object.hasOwn(source, 'regexp')) throw mappingFault(place, 'a condition is {equal: […]} or {regexp: […]}');
  const at = inside(place, 'regexp');
  const [subject, pattern, ...rest] = listAt(source.regexp, at);
  if (subject === undefined || pattern === undefined || rest.length > 0) {
    throw mappingFault(at, 'a subject and a pattern are needed');
  }
  return { kind: 'regexp', subject: operandAt(subject, inside(at, 0)), pattern: patternAt(pattern, inside(at, 1)) };
}

/**
 * Parses a pattern. It has to be a constant of the operator itself: a pattern from a resource would be checked too
 * late. @throws MAPPING_INVALID
 */
export function patternAt(source: Json, place: MappingPlace): Pattern {
  const mapping = operandAt(source, place);
  if (mapping.kind !== 'constant' || typeof mapping.value !== 'string') {
    throw mappingFault(place, 'the pattern has to be a constant string');
  }
  try {
    return operatorPattern(mapping.value);
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    throw mappingFault(place, `the pattern is not a regular expression: ${error.message}`);
  }
}

function parseForEach(source: JsonObject, place: MappingPlace): Mapping {
  const { for_field: list, for_mapping: each } = source;
  if (list === undefined || each === undefined) throw mappingFault(place, 'for_field and for_mapping go together');
  return {
    kind: 'forEach',
    list:
      typeof list === 'string'
        ? ownField(textAt(list, inside(place, 'for_field')))
        : lateFree(list, inside(place, 'for_field')),
    each: mappingAt(each, inside(place, 'for_mapping')),
  };
}

/** A bare name: the field of that name, which records no resource. */
function ownField(field: string): Mapping {
  return Object.freeze({ kind: 'field', field, path: [], ignoreMissing: false, recordsRelation: false } as const);
}

/** Operands of `equal` and `concatenate`. */
function operandsAt(source: Json | undefined, place: MappingPlace): readonly Mapping[] {
  const operands = listAt(source, place).map((part, i) => operandAt(part, inside(place, i)));
  if (operands.length === 0) throw mappingFault(place, 'the list is empty');
  return Object.freeze(operands);
}

/** An operand of `equal`, `regexp` or `concatenate`: a bare string is a literal (compatibility L5). */
function operandAt(source: Json, place: MappingPlace): Mapping {
  return typeof source === 'string'
    ? Object.freeze({ kind: 'constant', value: source } as const)
    : lateFree(source, place);
}

/**
 * Parses a mapping whose value is known when it is evaluated. The output of a stack is bound later, so it can't be a
 * part of a value. @throws MAPPING_INVALID
 */
export function lateFree(source: Json, place: MappingPlace): Mapping {
  const mapping = mappingAt(source, place);
  if (isLateBound(mapping))
    throw mappingFault(place, 'a stack output is known only to the worker and cannot be used here');
  return mapping;
}

function isLateBound(mapping: Mapping): boolean {
  switch (mapping.kind) {
    case 'output':
      return true;
    case 'if':
      return isLateBound(mapping.whenTrue) || isLateBound(mapping.whenFalse);
    case 'forEach':
      return isLateBound(mapping.each);
    default:
      return false;
  }
}

function pathAt(source: JsonObject, place: MappingPlace): readonly Step[] {
  if (source.path === undefined) return Object.freeze([]);
  const at = inside(place, 'path');
  const path = listAt(source.path, at).map((step, i) => Object.freeze(stepAt(step, inside(at, i))));
  if (path.length > limits.mappingDepth) throw mappingFault(at, `longer than ${limits.mappingDepth} hops`);
  return Object.freeze(path);
}

function stepAt(source: Json, place: MappingPlace): Step {
  if (typeof source === 'string') return { kind: 'relation', field: textAt(source, place) };
  if (!isJsonObject(source)) throw mappingFault(place, 'a hop is a name, {type, id} or {concatenate}');
  const keys = Object.keys(source).sort().join();
  if (keys === 'concatenate') return { kind: 'computed', name: Object.freeze(parseConcatenate(source, place)) };
  if (keys !== 'id,type' || typeof source.id !== 'string') {
    throw mappingFault(place, 'a hop is a name, {type, id} or {concatenate}');
  }
  return { kind: 'typed', type: textAt(source.type, inside(place, 'type')), field: source.id };
}

function ignoreMissingAt(source: JsonObject, place: MappingPlace): boolean {
  const value = source.ignore_missing ?? false;
  if (typeof value !== 'boolean') throw mappingFault(inside(place, 'ignore_missing'), 'true or false is expected');
  return value;
}

/** Returns a name. @throws MAPPING_INVALID */
export function textAt(value: Json | undefined, place: MappingPlace): string {
  if (typeof value !== 'string' || value === '') throw mappingFault(place, 'a name is expected');
  return value;
}

/** Returns a list. @throws MAPPING_INVALID */
export function listAt(value: Json | undefined, place: MappingPlace): readonly Json[] {
  if (!Array.isArray(value)) throw mappingFault(place, 'a list is expected');
  return value;
}

/** The place of a key or an element. */
export function inside(place: MappingPlace, key: string | number): MappingPlace {
  return { name: place.name, pointer: `${place.pointer}/${pointerPart(String(key))}`, depth: place.depth + 1 };
}
