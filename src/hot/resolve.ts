import { isJsonObject, type Json } from '../kernel/index.ts';
import type { HotFunction } from './functions.ts';
import { HotFault } from './hot-fault.ts';
import { pythonJson, pythonText } from './python-text.ts';

/** The lookups of a template's functions. */
export interface FunctionScope {
  /** undefined if there is none of that name. */
  readonly parameter: (name: string) => Json | undefined;
  /** The value of `get_resource`. */
  readonly reference: (resource: string) => Json;
  /** The value of `get_attr`; null if it isn't known, or not yet. */
  readonly attribute: (resource: string, path: readonly string[]) => Json;
}

/**
 * Returns a value of a template with its functions called: get_param, get_resource, get_attr, list_join, str_replace.
 * Other functions stay as they are. Throws HotFault if a function has invalid arguments.
 */
export function resolveFunctions(value: Json, scope: FunctionScope): Json {
  if (Array.isArray(value)) return value.map((item: Json) => resolveFunctions(item, scope));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only !== undefined) {
    const [name, given] = only;
    const call = computed.get(name);
    if (call !== undefined) return call(resolveFunctions(given, scope), scope);
  }
  return Object.fromEntries(entries.map(([key, member]) => [key, resolveFunctions(member, scope)]));
}

/** Returns a part of a value, by keys and indexes. null if there is none. */
export function lookUp(value: Json, path: readonly Json[]): Json {
  return path.reduce<Json>((at, part) => {
    if (Array.isArray(at)) return at[Number(part)] ?? null;
    if (!isJsonObject(at)) return null;
    const key = pythonText(part);
    return Object.hasOwn(at, key) ? (at[key] ?? null) : null;
  }, value);
}

const computed: ReadonlyMap<string, (given: Json, scope: FunctionScope) => Json> = new Map<
  HotFunction,
  (given: Json, scope: FunctionScope) => Json
>([
  ['get_param', getParam],
  ['get_resource', (given, scope) => scope.reference(pythonText(given))],
  ['get_attr', getAttr],
  ['list_join', listJoin],
  ['str_replace', strReplace],
]);

function getParam(given: Json, { parameter }: FunctionScope): Json {
  const [name = '', ...path] = listOf(given);
  const value = parameter(pythonText(name));
  if (value === undefined) throw functionFault(`The Parameter (${pythonText(name)}) was not provided.`);
  return lookUp(value, path);
}

function getAttr(given: Json, { attribute }: FunctionScope): Json {
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
  throw functionFault(`Items to join must be string, map or list not ${pythonText(item)}`);
}

/** `{template, params}`: longer names first, and never again in the replacements. */
function strReplace(given: Json): Json {
  if (!isJsonObject(given) || !isJsonObject(given.params)) {
    throw functionFault('"str_replace" parameters must be a mapping');
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

function functionFault(message: string): HotFault {
  return new HotFault('function', message);
}

function listOf(value: Json): readonly Json[] {
  return Array.isArray(value) ? value : [value];
}
