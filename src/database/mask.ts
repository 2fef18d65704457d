import { isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/json.ts';
import { MASK } from '../kernel/secret.ts';
import { parseMapping } from '../model/mapping-parser.ts';
import { isSecretMapping } from '../model/mapping-secrets.ts';
import type { Model, ResourceType } from '../model/model.ts';
import { isSecretName } from '../model/secret-names.ts';
import { templateIdOf } from '../model/template-id.ts';
import { decodeConfig } from '../records/config-record.ts';
import { decodeJob, encodeJob, type Job } from '../records/job.ts';
import { parseJobKey, parseResourceKey, TEMPLATE_TYPE } from '../records/keys.ts';

/** Template id → its parameter_mappings: from them follows which parameters of a job are secret. */
export type TemplateMappings = ReadonlyMap<string, JsonObject>;

/** The template that a /config entry holds, with its mappings; null for every other key. */
export function templateMappingsOf(
  model: Model,
  key: string,
  value: string,
): { readonly id: string; readonly mappings: JsonObject } | null {
  const resource = parseResourceKey(key);
  if (resource?.family !== 'config' || resource.url !== model.types.get(TEMPLATE_TYPE)?.url) return null;
  const mappings = decodeConfig(value)?.body.parameter_mappings;
  return isJsonObject(mappings) ? { id: resource.id, mappings } : null;
}

/**
 * The value of a key as it may be shown: secrets of the resource's type are replaced by the mask, wherever they stand.
 * What nobody can tell to be harmless is masked: bodies of unknown types, parameters of unknown templates.
 */
export function maskStoreValue(model: Model, templates: TemplateMappings, key: string, value: string): string {
  const job = parseJobKey(key);
  // The other lists hold a handler's name, a claim's id, or the errors.
  if (job !== null) return job.queue === 'all' && value !== '' ? maskJob(model, templates, value) : value;
  const resource = parseResourceKey(key);
  if (value === '') return value;
  if (mirroredElsewhere(model).some((prefix) => key.startsWith(prefix))) return MASK;
  if (resource === null) return value;
  const type = model.byUrl.get(resource.url);
  switch (resource.family) {
    case 'config':
    case 'processed':
    case 'applied':
      return maskRecord(type, value);
    case 'state':
    case 'jobState':
    case 'heatStack':
      return maskOutputs(value);
    case 'monitoring':
    case 'hostKey':
      return value;
  }
}

/** Outputs of stacks whose name says that they are secrets, wherever they stand: in a list, or in the text of one. */
function maskOutputs(value: string): string {
  const record = parseJson(value);
  if (record === undefined || !mentionsSecret(value)) return value;
  return JSON.stringify(withoutSecretOutputs(record));
}

const outputKeys = /"output_key\\*"\s*:\s*\\*"([^"\\]*)/g;

/** Most have none, and are shown as they stand. */
function mentionsSecret(value: string): boolean {
  return [...value.matchAll(outputKeys)].some(([, name = '']) => isSecretName(name));
}

function withoutSecretOutputs(value: Json): Json {
  if (typeof value === 'string') {
    const inner = mentionsSecret(value) ? parseJson(value) : undefined;
    return inner === undefined ? value : JSON.stringify(withoutSecretOutputs(inner));
  }
  if (Array.isArray(value)) return value.map(withoutSecretOutputs);
  if (!isJsonObject(value)) return value;
  const isSecret = typeof value.output_key === 'string' && isSecretName(value.output_key);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => {
      return [name, isSecret && name === 'output_value' ? MASK : withoutSecretOutputs(part)];
    }),
  );
}

const secretTypes = new WeakMap<ResourceType, boolean>();

function holdsSecrets(type: ResourceType): boolean {
  let known = secretTypes.get(type);
  if (known === undefined) {
    known = type.properties.some((property) => property.secret);
    secretTypes.set(type, known);
  }
  return known;
}

/** A body with its secrets masked. */
export function maskBody(type: ResourceType, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const secret = type.property.get(name)?.secret === true;
      return [name, secret && value !== null && value !== '' ? MASK : value];
    }),
  );
}

const elsewhere = new WeakMap<Model, readonly string[]>();

/** What the keys begin with that types with secrets have outside of all families (`sync_skip_config_prefix`). */
function mirroredElsewhere(model: Model): readonly string[] {
  let prefixes = elsewhere.get(model);
  if (prefixes === undefined) {
    prefixes = [...model.types.values()].flatMap((type) => {
      const { mirrorForm: form } = type;
      if (form === null || form.underConfig || !holdsSecrets(type)) return [];
      const first = form.keyTemplate?.[0];
      return [typeof first === 'string' ? first : `${type.url}/`];
    });
    elsewhere.set(model, prefixes);
  }
  return prefixes;
}

/** A config record: its body is JSON text under /config, an object elsewhere. */
function maskRecord(type: ResourceType | undefined, value: string): string {
  if (type !== undefined && !holdsSecrets(type)) return value;
  // A property of its own is told apart from a body by nothing that stands there.
  if (type?.mirrorForm !== null && type?.mirrorForm !== undefined) return MASK;
  const record = parseJson(value);
  if (!isJsonObject(record)) return MASK;
  const { body } = record;
  if (isJsonObject(body)) return JSON.stringify({ ...record, body: masked(type, body) });
  const inner = typeof body === 'string' ? parseJson(body) : undefined;
  if (!isJsonObject(inner)) return MASK;
  return JSON.stringify({ ...record, body: JSON.stringify(masked(type, inner)) });
}

function masked(type: ResourceType | undefined, body: JsonObject): JsonObject {
  if (type !== undefined) return maskBody(type, body);
  return Object.fromEntries(Object.keys(body).map((name) => [name, name === 'id' ? (body.id ?? null) : MASK]));
}

function maskJob(model: Model, templates: TemplateMappings, value: string): string {
  const queued = decodeJob(value);
  if (queued === null) return MASK;
  const { job } = queued;
  const type = model.types.get(job.resource_type);
  const mappings = type === undefined ? undefined : templates.get(templateIdOf(model, job) ?? '');
  const open = type === undefined || mappings === undefined ? nothing : openParams(model, type, mappings);
  const isOpen = job.params.every(({ param }) => open.has(param));
  if (type !== undefined && isOpen && !holdsSecrets(type)) return value;
  const shown: Job = {
    ...job,
    resource_input: masked(type, job.resource_input),
    params: job.params.map((param) => (open.has(param.param) ? param : { ...param, value: MASK })),
  };
  return encodeJob({ ...queued, job: shown });
}

const nothing: ReadonlySet<string> = new Set();
const openOf = new WeakMap<ResourceType, WeakMap<JsonObject, ReadonlySet<string>>>();

/** The parameters of a template that end in no secret field of the type; other types can use the same template. */
function openParams(model: Model, type: ResourceType, mappings: JsonObject): ReadonlySet<string> {
  const known = openOf.get(type) ?? new WeakMap<JsonObject, ReadonlySet<string>>();
  openOf.set(type, known);
  let open = known.get(mappings);
  if (open === undefined) {
    const params = Object.entries(mappings).filter(([param, source]) => !isSecret(model, type, source, param));
    open = new Set(params.map(([param]) => param));
    known.set(mappings, open);
  }
  return open;
}

function isSecret(model: Model, type: ResourceType, source: Json, param: string): boolean {
  try {
    return isSecretMapping(parseMapping(source, param), model, type.id);
  } catch {
    // A mapping that can't be read says nothing about its value.
    return true;
  }
}
