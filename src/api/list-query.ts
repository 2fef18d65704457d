import type { ListQuery } from '../database/index.ts';
import {
  type Json,
  jsonTextDepth,
  type KamadoError,
  kamadoError,
  limits,
  lostDigits,
  lostNumber,
  parseJson,
  pointerAt,
} from '../kernel/index.ts';
import type { Model, Property, ResourceType } from '../schema/index.ts';
import { textFault } from './json-body.ts';

/** Query parameters by name, in the order of the URL. */
export type Parameters = ReadonlyMap<string, readonly string[]>;

/** The parts of a resource to render. */
export interface View {
  /** Type id → its properties to render; null: all properties of all types. */
  readonly fields: ReadonlyMap<string, ReadonlySet<string>> | null;
  /** Whether related rows are joined. */
  readonly details: boolean;
}

/** A parsed list query. */
export interface ListRequest {
  readonly query: ListQuery;
  readonly view: View;
}

/** The view that renders everything. */
export const wholeView: View = { fields: null, details: true };

const none: Parameters = new Map();

/** The parameters of a parsed query string: each value a string, repeated ones an array. */
export function parametersOf(query: unknown): Parameters {
  if (typeof query !== 'object' || query === null) return none;
  const entries = Object.entries(query);
  if (entries.length === 0) return none;
  return new Map(
    entries.map(([name, value]) => {
      const values: readonly unknown[] = Array.isArray(value) ? value : [value];
      return [name, values.map((text) => checked(name, text))];
    }),
  );
}

/**
 * Parses the parameters of a list (compatibility A3), and checks them against the type.
 * @throws QUERY_INVALID
 */
export function parseListQuery(model: Model, type: ResourceType, parameters: Parameters): ListRequest {
  const known = listParameters(type);
  const searchFields = searchFieldsOf(type, parameters);
  const filters = new Map<string, readonly Json[]>();
  let values = 0;
  for (const [name, texts] of parameters) {
    if (known.has(name)) continue;
    const property = type.property.get(name);
    if (property === undefined) throw invalid(name, `${type.id} has no such property`);
    values += texts.length;
    if (values > limits.listFilterValues) throw invalid(name, `more than ${limits.listFilterValues} values`);
    filters.set(name, searchFields.includes(name) ? texts : texts.map((text) => typedValue(property, text)));
  }
  const query: ListQuery = {
    filters,
    searchFields,
    anyOf: flag(parameters, 'any_of', false),
    sortKey: sortKeyOf(type, parameters),
    sortOrder: sortOrderOf(parameters),
    limit: unsigned(parameters, 'limit', limits.defaultPageSize, limits.largestPageSize),
    offset: unsigned(parameters, 'offset', 0, Number.MAX_SAFE_INTEGER),
  };
  return { query, view: viewOf(model, type, parameters) };
}

/**
 * Parses the parameters of a GET of one resource: the parts of it to render.
 * @throws QUERY_INVALID
 */
export function parseShowQuery(model: Model, type: ResourceType, parameters: Parameters): View {
  if (parameters.size === 0) return wholeView;
  for (const name of parameters.keys()) {
    if (name !== '_fields' && name !== 'fields' && name !== '_details') throw invalid(name, 'it is not known here');
  }
  return viewOf(model, type, parameters);
}

/** An error about a query parameter. It names the parameter, not its value. */
export function invalid(parameter: string, reason: string): KamadoError {
  return kamadoError('QUERY_INVALID', { parameter: parameter.slice(0, 255), reason });
}

/** The only value of a parameter, or undefined. @throws QUERY_INVALID if it is given twice */
export function single(parameters: Parameters, name: string): string | undefined {
  const values = parameters.get(name) ?? [];
  if (values.length > 1) throw invalid(name, 'it is given more than once');
  return values[0];
}

/** A non-negative integer. @throws QUERY_INVALID */
export function unsigned(parameters: Parameters, name: string, absent: number, largest: number): number {
  const text = single(parameters, name);
  if (text === undefined) return absent;
  if (!/^\d{1,16}$/.test(text)) throw invalid(name, 'it is not a non-negative integer');
  const value = Number(text);
  if (value > largest) throw invalid(name, `the largest is ${largest}`);
  return value;
}

function checked(name: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(name, 'it is not a text');
  const fault = textFault(value) ?? textFault(name);
  if (fault !== null) throw invalid(name, `it ${fault}`);
  return value;
}

const reserved = ['sort_key', 'sort_order', 'limit', 'offset', 'search_field', 'any_of', '_fields', '_details'];
const known = new WeakMap<ResourceType, ReadonlySet<string>>();

/** The parameters of lists. `fields` is Neutron's spelling, accepted if no property has that name. */
function listParameters(type: ResourceType): ReadonlySet<string> {
  let names = known.get(type);
  if (names === undefined) {
    names = new Set(type.property.has('fields') ? reserved : [...reserved, 'fields']);
    known.set(type, names);
  }
  return names;
}

function sortKeyOf(type: ResourceType, parameters: Parameters): string {
  const key = single(parameters, 'sort_key') ?? 'id';
  if (!type.property.has(key)) throw invalid('sort_key', `${type.id} has no such property`);
  return key;
}

function sortOrderOf(parameters: Parameters): 'asc' | 'desc' {
  const order = single(parameters, 'sort_order') ?? 'asc';
  if (order !== 'asc' && order !== 'desc') throw invalid('sort_order', 'it is neither asc nor desc');
  return order;
}

function searchFieldsOf(type: ResourceType, parameters: Parameters): readonly string[] {
  const fields = parameters.get('search_field') ?? [];
  if (fields.length === 0) return fields;
  const { metadata } = type.document;
  if (typeof metadata === 'object' && metadata !== null && Reflect.get(metadata, 'substr_search_enabled') === false) {
    throw invalid('search_field', `${type.id} does not offer it`);
  }
  for (const field of fields) {
    if (!type.property.has(field)) throw invalid('search_field', `${type.id} has no such property`);
    if (listParameters(type).has(field) || !parameters.has(field)) {
      throw invalid('search_field', 'the property that it names has no value in the URL');
    }
  }
  return fields;
}

function viewOf(model: Model, type: ResourceType, parameters: Parameters): View {
  const spelled = type.property.has('fields') ? [] : (parameters.get('fields') ?? []);
  const names = [...(parameters.get('_fields') ?? []), ...spelled];
  return {
    fields: names.length === 0 ? null : fieldsOf(model, type, names),
    details: flag(parameters, '_details', true),
  };
}

/**
 * The picked properties by type. Names are `<property>` or `<type>.<property>`; the latter also picks from joined rows
 * of that type.
 */
function fieldsOf(
  model: Model,
  type: ResourceType,
  names: readonly string[],
): ReadonlyMap<string, ReadonlySet<string>> {
  const fields = new Map<string, Set<string>>([[type.id, new Set()]]);
  for (const name of names) {
    const [typeId = '', property = ''] = name.includes('.') ? name.split('.', 2) : [type.id, name];
    if (model.types.get(typeId)?.property.has(property) !== true)
      throw invalid('_fields', 'no property is called that');
    const shown = fields.get(typeId) ?? new Set();
    fields.set(typeId, shown.add(property));
  }
  return fields;
}

export function flag(parameters: Parameters, name: string, absent: boolean): boolean {
  const text = single(parameters, name);
  return text === undefined ? absent : boolean(name, text);
}

const trueTexts = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const falseTexts = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Parses a boolean in the spellings of Go's strconv.ParseBool, which the original accepts. */
function boolean(name: string, text: string): boolean {
  if (trueTexts.has(text)) return true;
  if (falseTexts.has(text)) return false;
  throw invalid(name, 'it is neither true nor false');
}

function typedValue(property: Property, text: string): Json {
  switch (property.kind) {
    case 'string':
      // An empty reference refers to nothing, as in a body.
      return property.relation !== null && text === '' ? null : text;
    case 'integer':
      if (!/^[+-]?\d{1,16}$/.test(text)) throw invalid(property.name, 'it is not an integer');
      if (!Number.isSafeInteger(Number(text))) throw invalid(property.name, 'it is an integer beyond 2^53');
      return Number(text);
    case 'number':
      if (!/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/.test(text) || !Number.isFinite(Number(text))) {
        throw invalid(property.name, 'it is not a number');
      }
      checkDigits(property.name, text);
      return Number(text);
    case 'boolean':
      return boolean(property.name, text);
    case 'object':
    case 'array':
      return jsonValue(property.name, text);
  }
}

function jsonValue(name: string, text: string): Json {
  const value = jsonTextDepth(text) <= limits.jsonDepth ? parseJson(text) : undefined;
  if (value === undefined) throw invalid(name, 'it is not JSON');
  const lost = lostNumber(text);
  if (lost !== null) throw invalid(name, `${pointerAt(text, lost.offset) || 'it'} ${lost.reason}`);
  return value;
}

function checkDigits(name: string, text: string): void {
  const lost = lostDigits(text.replace(/^\+/, ''));
  if (lost !== null) throw invalid(name, `it ${lost}`);
}
