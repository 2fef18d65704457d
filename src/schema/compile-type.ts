import { didYouMean, isJsonObject, isKamadoError, type Json, type JsonObject } from '../kernel/index.ts';
import { compileBehaviour } from './behaviour/compile-behaviour.ts';
import { compileProperty } from './compile-property.ts';
import { texts } from './inheritance.ts';
import type { Mapping } from './mapping.ts';
import { parseMapping } from './mapping-parser.ts';
import type { SchemaSource } from './metaschema.ts';
import { knownMetadata } from './metaschema-metadata.ts';
import type { HandlerBinding, HandlerRetry, Property, ResourceType } from './model.ts';
import { parseProjection } from './projection.ts';
import { isReservedUrl, isValidUrl } from './resource-url.ts';
import type { StatusMachine } from './status-machine.ts';
import { builtInMachines, parseStatusMachine } from './status-machines.ts';

/** The faults, warnings and mappings of compiling a schema. */
export interface TypeNotes {
  readonly fault: (pointer: string, reason: string) => void;
  readonly warn: (pointer: string, reason: string) => void;
  /** Receives a mapping that yields the id of a template, and its pointer. It is checked when all types are known. */
  readonly mapping: (mapping: Mapping, pointer: string) => void;
}

/** Compiles one schema whose inheritance is merged. References to other types are checked when all types are known. */
export function compileType(merged: SchemaSource, url: string, notes: TypeNotes): ResourceType {
  const source = withParent(withId(merged));
  const metadata = isJsonObject(source.metadata) ? source.metadata : {};
  const routed = metadata.type !== 'metaschema';
  if (routed && !isValidUrl(url)) notes.fault('/prefix', 'the URL has characters that do not fit a path');
  if (routed && isReservedUrl(url)) notes.fault('/prefix', `${url} is served by the API itself`);
  const required = texts(source.schema.required);
  const properties = compileProperties(source, required, routed, notes);
  const property = new Map(properties.map((entry) => [entry.name, entry]));
  for (const name of required) if (!property.has(name)) notes.fault('/schema/required', noProperty(name, property));
  if (property.get('id')?.kind !== 'string' && routed) notes.fault('/schema/properties/id', 'an id is a string');
  const versioned = metadata.state_versioning === true;
  const synced = metadata.nosync !== true;
  const handlers = compileHandlers(metadata, notes);
  if (handlers.length > 0 && !(versioned && synced)) {
    notes.fault('/metadata', 'handlers need state_versioning, and no nosync');
  }
  const projection = parseProjection(metadata, (name) => property.has(name), notes.fault);
  if (projection !== null && versioned) {
    notes.fault('/metadata', 'state_versioning needs the usual form in the store: leave sync_* out');
  }
  warnOfMetadata(metadata, notes);
  return {
    id: source.id,
    singular: String(source.singular),
    plural: String(source.plural),
    url,
    parent: parentOf(source),
    routed,
    synced,
    projection,
    versioned,
    twoStepDeletion: versioned && synced && metadata.two_step_deletion !== false,
    properties,
    property,
    required,
    uniqueTogether: compileIndexes(source, property, notes),
    handlers,
    statusMachine: compileMachine(source.id, metadata, versioned, property, notes),
    behaviour: compileBehaviour(source.behaviour, { id: source.id, property }, (pointer, reason) =>
      notes.fault(`/behaviour${pointer}`, reason),
    ),
    document: servedDocument(source, url, property),
  };
}

function noProperty(name: string, property: ReadonlyMap<string, Property>): string {
  return `there is no property ${name}${didYouMean(name, [...property.keys()])}`;
}

function parentOf(source: JsonObject): string | null {
  return typeof source.parent === 'string' && source.parent !== '' ? source.parent : null;
}

const idProperty = { title: 'ID', description: 'Unique ID', type: 'string', permission: ['create'], unique: true };

function withId(source: SchemaSource): SchemaSource {
  if (Object.hasOwn(source.schema.properties, 'id')) return source;
  return { ...source, schema: { ...source.schema, properties: { id: idProperty, ...source.schema.properties } } };
}

/** Adds `<parent>_id` if the schema has a parent (compatibility L1). */
function withParent(source: SchemaSource): SchemaSource {
  const parent = parentOf(source);
  if (parent === null) return source;
  const field = `${parent}_id`;
  const own = source.schema.properties[field];
  const property = {
    ...(own ?? { title: field, description: `ID of the ${parent}`, type: 'string', permission: ['create'] }),
    relation: own?.relation ?? parent,
    ...(source.on_parent_delete_cascade === true ? { on_delete_cascade: true } : {}),
  };
  const required = texts(source.schema.required);
  return {
    ...source,
    schema: {
      ...source.schema,
      properties: { ...source.schema.properties, [field]: property },
      required: own === undefined && !required.includes(field) ? [...required, field] : required,
    },
  };
}

function compileProperties(
  source: SchemaSource,
  required: readonly string[],
  routed: boolean,
  notes: TypeNotes,
): readonly Property[] {
  const declared = source.schema.properties;
  const folded = new Map<string, string>();
  const compiled = new Map<string, Property>();
  for (const [name, part] of Object.entries(declared)) {
    const at = `/schema/properties/${name}`;
    const same = folded.get(name.toLowerCase());
    if (same !== undefined) notes.fault(at, `differs from ${same} only in case`);
    folded.set(name.toLowerCase(), name);
    const property = attempt(at, notes, () =>
      compileProperty(name, part, required.includes(name), {
        fault: (pointer, reason) => {
          // A type without routes has no table, so its columns don't matter (compatibility L4).
          if (routed || pointer !== '/sql') notes.fault(at + pointer, reason);
        },
        warn: (pointer, reason) => notes.warn(at + pointer, reason),
      }),
    );
    if (property !== null) compiled.set(name, property);
  }
  const order = new Set([...texts(source.schema.propertiesOrder), 'id', ...relationsFirst([...compiled.values()])]);
  return [...order].flatMap((name) => compiled.get(name) ?? []);
}

function relationsFirst(properties: readonly Property[]): readonly string[] {
  const byName = properties.map(({ name }) => name).sort();
  const relations = new Set(properties.filter(({ relation }) => relation !== null).map(({ name }) => name));
  return [...byName.filter((name) => relations.has(name)), ...byName.filter((name) => !relations.has(name))];
}

function compileIndexes(
  source: SchemaSource,
  property: ReadonlyMap<string, Property>,
  notes: TypeNotes,
): readonly (readonly string[])[] {
  const unique: (readonly string[])[] = [];
  for (const [name, index] of Object.entries(isJsonObject(source.schema.indexes) ? source.schema.indexes : {})) {
    const columns = texts(isJsonObject(index) ? index.columns : undefined);
    for (const column of columns) {
      if (!property.has(column)) notes.fault(`/schema/indexes/${name}`, noProperty(column, property));
    }
    if (isJsonObject(index) && index.type === 'unique') unique.push(columns);
    else {
      const reason = `index ${name} is not unique and is ignored: mark single properties as indexed instead`;
      notes.warn(`/schema/indexes/${name}`, reason);
    }
  }
  return unique;
}

function compileHandlers(metadata: JsonObject, notes: TypeNotes): readonly HandlerBinding[] {
  const listed: readonly Json[] = Array.isArray(metadata.handlers) ? metadata.handlers : [];
  if (metadata.template_path === undefined) {
    return listed.flatMap((entry, i) =>
      isJsonObject(entry) ? handlerAt(entry, `/metadata/handlers/${i}`, notes) : [],
    );
  }
  if (listed.length > 0) notes.fault('/metadata/template_path', 'handlers and template_path exclude each other');
  return binding('heat_worker', metadata.template_path, '/metadata/template_path', usual, notes);
}

function handlerAt(entry: JsonObject, pointer: string, notes: TypeNotes): readonly HandlerBinding[] {
  const retry = isJsonObject(entry.retry) ? retryOf(entry.retry, `${pointer}/retry`, notes) : usual.retry;
  const stateForm = entry.state_form === '2017' ? '2017' : usual.stateForm;
  return binding(String(entry.handler), entry.template ?? null, `${pointer}/template`, { retry, stateForm }, notes);
}

/** The values of the short form, and the defaults. */
const usual = { retry: null, stateForm: '2018' } as const;

function binding(
  handler: string,
  template: Json,
  pointer: string,
  manner: Pick<HandlerBinding, 'retry' | 'stateForm'>,
  notes: TypeNotes,
): readonly HandlerBinding[] {
  const mapping = attempt(pointer, notes, () => parseMapping(template, 'template'));
  if (mapping === null) return [];
  notes.mapping(mapping, pointer);
  return [{ handler, template: mapping, ...manner }];
}

const usualFirstDelaySeconds = 1;
const usualLongestDelaySeconds = 60;

/** Returns the retry settings. If only one of the delays is given, the other one is adapted to it. */
function retryOf(source: JsonObject, pointer: string, notes: TypeNotes): HandlerRetry {
  const given = { first: numberOf(source.first_delay_seconds), longest: numberOf(source.longest_delay_seconds) };
  const first = given.first ?? Math.min(usualFirstDelaySeconds, given.longest ?? Number.POSITIVE_INFINITY);
  const longest = given.longest ?? Math.max(usualLongestDelaySeconds, first);
  if (first > longest) notes.fault(`${pointer}/first_delay_seconds`, 'longer than longest_delay_seconds');
  return { attempts: numberOf(source.attempts) ?? 0, firstDelayMs: first * 1_000, longestDelayMs: longest * 1_000 };
}

function numberOf(value: Json | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/**
 * Returns the declared machine. Without one: the machine of 2018 if the type keeps orchestration or operational states,
 * otherwise that of 2017.
 */
function compileMachine(
  id: string,
  metadata: JsonObject,
  versioned: boolean,
  property: ReadonlyMap<string, Property>,
  notes: TypeNotes,
): StatusMachine | null {
  const declared = metadata.status_machine;
  const hasStatus = property.has('status');
  if (declared === undefined) {
    if (!(versioned && hasStatus)) return null;
    const keepsStates = property.has('orchestration_state') || property.has('operational_state');
    return builtInMachines.get(keepsStates ? '2018' : '2017') ?? null;
  }
  const at = '/metadata/status_machine';
  if (!versioned) notes.fault(at, 'a status machine needs state_versioning');
  if (!hasStatus) notes.fault(at, 'a status machine needs the property status');
  return attempt(at, notes, () => parseStatusMachine(declared, id));
}

/** Runs a parser. Its faults are reported for the schema, below `pointer`. Any other error is thrown again. */
function attempt<Result>(pointer: string, notes: TypeNotes, parse: () => Result): Result | null {
  try {
    return parse();
  } catch (error) {
    if (!isKamadoError(error)) throw error;
    for (const fault of error.faults) notes.fault(pointer + fault.pointer, fault.reason);
    return null;
  }
}

function warnOfMetadata(metadata: JsonObject, notes: TypeNotes): void {
  for (const key of Object.keys(metadata)) {
    if (knownMetadata.has(key)) continue;
    const hint = didYouMean(key, [...knownMetadata]);
    notes.warn(`/metadata/${key}`, `metadata.${key} is not known and is ignored${hint}`);
  }
}

/** The schema that clients receive. */
function servedDocument(source: SchemaSource, url: string, property: ReadonlyMap<string, Property>): JsonObject {
  const { extends: _bases, order_properties_before: _order, namespace: _namespace, url: _url, ...rest } = source;
  const properties = Object.entries(source.schema.properties).map(([name, part]): [string, JsonObject] => {
    const { default: _dropped, ...others } = part;
    return [name, property.get(name)?.default === undefined ? others : part];
  });
  return { ...rest, prefix: url, schema: { ...source.schema, properties: Object.fromEntries(properties) } };
}
