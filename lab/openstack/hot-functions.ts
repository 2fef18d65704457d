import { isJsonObject, type Json } from '../../src/kernel/json.ts';
import { pythonJson, pythonText } from './python-text.ts';

/** What the functions of a template look up. */
export interface Scope {
  /** undefined where there is none of that name. */
  readonly parameter: (name: string) => Json | undefined;
  /** What `get_resource` gives. */
  readonly reference: (resource: string) => Json;
  /** What `get_attr` gives; null where it isn't known, or not yet. */
  readonly attribute: (resource: string, path: readonly string[]) => Json;
}

/** What a function of a template can't be given: Heat says it where the value is used. */
export class FunctionFault extends Error {}

/** A value of a template with its functions called: get_param, get_resource, get_attr, list_join, str_replace. */
export function resolve(value: Json, scope: Scope): Json {
  if (Array.isArray(value)) return value.map((item: Json) => resolve(item, scope));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, given] = only;
    const called = functions.get(name);
    if (called !== undefined) return called(resolve(given, scope), scope);
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, resolve(member, scope)]));
}

/** Into a value, by keys and indexes; null where there is nothing. */
export function lookUp(value: Json, path: readonly Json[]): Json {
  return path.reduce<Json>((at, part) => {
    if (Array.isArray(at)) return at[Number(part)] ?? null;
    if (!isJsonObject(at)) return null;
    const key = pythonText(part);
    return Object.hasOwn(at, key) ? (at[key] ?? null) : null;
  }, value);
}

const functions: ReadonlyMap<string, (given: Json, scope: Scope) => Json> = new Map([
  ['get_param', getParam],
  ['get_resource', (given: Json, scope: Scope) => scope.reference(pythonText(given))],
  ['get_attr', getAttr],
  ['list_join', listJoin],
  ['str_replace', strReplace],
]);

function getParam(given: Json, { parameter }: Scope): Json {
  const [name = '', ...path] = listOf(given);
  const value = parameter(pythonText(name));
  if (value === undefined) throw new FunctionFault(`The Parameter (${pythonText(name)}) was not provided.`);
  return lookUp(value, path);
}

function getAttr(given: Json, { attribute }: Scope): Json {
  const [resource = '', ...path] = listOf(given);
  return attribute(pythonText(resource), path.map(pythonText));
}

/** `[separator, list, …]`: the items of all lists. */
function listJoin(given: Json): Json {
  const [separator = '', ...lists] = listOf(given);
  return lists
    .flatMap(listOf)
    .filter((item) => item !== null)
    .map(joined)
    .join(pythonText(separator));
}

function joined(item: Json): string {
  if (typeof item === 'string') return item;
  if (typeof item === 'object') return pythonJson(item);
  throw new FunctionFault(`Items to join must be string, map or list not ${pythonText(item)}`);
}

/** `{template, params}`: longer names first, and never again in what was put in. */
function strReplace(given: Json): Json {
  if (!isJsonObject(given) || !isJsonObject(given.params)) {
    throw new FunctionFault('"str_replace" parameters must be a mapping');
  }
  const { template = '', params } = given;
  const names = Object.keys(params).sort((a, b) => b.length - a.length);
  if (names.length === 0) return template;
  const any = new RegExp(names.map((name) => name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|'), 'gu');
  return pythonText(template).replaceAll(any, (name) => replacement(params[name] ?? null));
}

function replacement(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? pythonJson(value) : pythonText(value);
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value];
}
