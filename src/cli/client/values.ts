import {
  type Json,
  jsonTextDepth,
  kamadoError,
  limits,
  lostDigits,
  lostNumber,
  parseJson,
  pointerAt,
} from '../../kernel/index.ts';
import type { HttpClient } from '../http-client.ts';
import { findId } from '../resources/lookup.ts';
import type { ServedProperty, ServedSchemas, ServedType } from '../resources/schemas.ts';
import { type Field, listParameters } from './line.ts';

/** The spelling of JSON's null on the command line (compatibility A8). */
const NULL = '<null>';

/** The context in which values are read. */
export interface ValueContext {
  readonly client: HttpClient;
  readonly schemas: ServedSchemas;
  readonly type: ServedType;
}

/** The body of a request from `--field value`, each value of its property's kind. @throws USAGE, RESOURCE_NOT_FOUND */
export async function bodyOf(context: ValueContext, fields: readonly Field[]): Promise<{ [name: string]: Json }> {
  const body: { [name: string]: Json } = {};
  for (const { name, text } of fields) {
    const property = propertyOf(context.type, name);
    if (Object.hasOwn(body, property.name)) {
      throw kamadoError('USAGE', { reason: `--${property.name} is given twice` });
    }
    body[property.name] = await typedValue(context, property, text);
  }
  return body;
}

/** The query of a list from `--field value`: filters and list parameters. @throws USAGE, RESOURCE_NOT_FOUND */
export async function queryOf(context: ValueContext, fields: readonly Field[]): Promise<URLSearchParams> {
  const query = new URLSearchParams();
  for (const { name, text } of fields) {
    const parameter = listParameters.find((known) => known === name.replaceAll('-', '_'));
    if (parameter !== undefined) query.append(parameter, text);
    else {
      const property = propertyOf(context.type, name);
      query.append(property.name, property.relation === null ? text : await related(context, property.relation, text));
    }
  }
  return query;
}

/**
 * The property that is meant: by its name, also with hyphens; a relation also without its `_id`, or as it is joined.
 * @throws USAGE
 */
function propertyOf(type: ServedType, name: string): ServedProperty {
  const wanted = name.replaceAll('-', '_');
  const find = (matches: (property: ServedProperty) => boolean) => type.properties.find(matches);
  const property =
    find((candidate) => candidate.name === name) ??
    find((candidate) => candidate.name === wanted) ??
    find(({ relation, relationProperty }) => relation !== null && relationProperty === wanted) ??
    find((candidate) => candidate.relation !== null && candidate.name === `${wanted}_id`);
  if (property !== undefined) return property;
  throw kamadoError('USAGE', { reason: `${type.id} has no property ${name}; kamado client ${type.id} lists them` });
}

async function typedValue(context: ValueContext, property: ServedProperty, text: string): Promise<Json> {
  if (text === NULL) return null;
  if (property.relation !== null && property.kind === 'string') return await related(context, property.relation, text);
  switch (property.kind) {
    case 'string':
      return text;
    case 'integer':
      if (/^[+-]?\d{1,16}$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text);
      throw wrongValue(property, 'an integer');
    case 'number':
      if (text.trim() !== '' && Number.isFinite(Number(text)) && isKept(text)) return Number(text);
      throw wrongValue(property, 'a number, of as many digits as are kept');
    case 'boolean':
      if (text === 'true' || text === 'false') return text === 'true';
      throw wrongValue(property, 'true or false');
    case 'object':
    case 'array':
      return structured(property, text);
  }
}

/** Whether the digits of a number are kept. Other forms than decimals are for integers that can't be large. */
function isKept(text: string): boolean {
  const decimal = text.trim().replace(/^\+/, '');
  return !/^-?[\d.]+(?:[eE][-+]?\d+)?$/.test(decimal) || lostDigits(decimal) === null;
}

function structured(property: ServedProperty, text: string): Json {
  const value = jsonTextDepth(text) <= limits.jsonDepth ? parseJson(text) : undefined;
  const fits = property.kind === 'array' ? Array.isArray(value) : typeof value === 'object' && !Array.isArray(value);
  const lost = value === undefined ? null : lostNumber(text);
  if (lost !== null)
    throw wrongValue(property, `JSON whose digits are kept: ${pointerAt(text, lost.offset)} ${lost.reason}`);
  if (value !== undefined && fits) return value;
  throw wrongValue(property, `JSON of kind ${property.kind}`);
}

/** The id of a related resource that was named by id or name; nothing refers to nothing. */
async function related({ client, schemas }: ValueContext, typeId: string, text: string): Promise<string> {
  return text === '' || text === NULL ? text : await findId(client, schemas.get(typeId), text);
}

/** Names what is expected, not the value: it may be a secret. */
function wrongValue({ name }: ServedProperty, expected: string): Error {
  return kamadoError('USAGE', { reason: `--${name} must be ${expected}` });
}
