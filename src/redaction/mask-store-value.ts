import {
  isJsonObject,
  isKamadoError,
  type Json,
  type JsonObject,
  jsonEqual,
  MASK,
  parseForeignJson,
  parseJson,
} from '../kernel/index.ts';
import {
  decodeConfig,
  decodeJob,
  encodeJob,
  type Job,
  type JobParam,
  keys,
  parseJobKey,
  parseResourceKey,
  TEMPLATE_TYPE,
} from '../records/index.ts';
import { isSecretParameter, type Model, parseMapping, type ResourceType, templateIdOf } from '../schema/index.ts';
import { isSecretName, isSecretProperty, mayNameSecret, withoutNamedSecrets } from '../schema/secrets/index.ts';
import type { SecretMarks } from './secret-marks.ts';

/** Template id → its parameter_mappings. They determine the parameters that are secret now. */
export type TemplateMappings = ReadonlyMap<string, JsonObject>;

/** Returns the template in a /config entry, with its mappings. null for every other key. */
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

/** The knowledge that masking is based on. */
export interface MaskRules {
  readonly model: Model;
  /** The current templates. */
  readonly templates: TemplateMappings;
  readonly marks: SecretMarks;
}

/** An entry of the store, with the revisions at which it was written. */
export interface StoredEntry {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
}

/**
 * Returns the value of a key in a form that may be shown: all secrets are masked. A value that was secret when it was
 * written stays so, whatever the current schemas and templates declare. Values that they declare secret now are masked
 * as well. Values that can't be proven harmless are masked: bodies of unknown types, parameters of jobs without a mark.
 */
export function maskStoreValue(rules: MaskRules, entry: StoredEntry): string {
  const { model, marks } = rules;
  const { key, value } = entry;
  if (value === '') return value;
  const job = parseJobKey(key);
  // The other lists hold a handler's name, a claim's id, or the errors.
  if (job !== null) return job.queue === 'all' ? maskJob(rules, entry) : value;
  if (mirroredElsewhere(model).some((prefix) => key.startsWith(prefix))) return MASK;
  if (key.startsWith(keys.modelTypes)) return maskSchema(value);
  const resource = parseResourceKey(key);
  if (resource === null) return value;
  switch (resource.family) {
    case 'config':
    case 'processed':
    case 'applied':
      return maskRecord(model.byUrl.get(resource.url), value, marks, entry.modRevision);
    case 'state':
    case 'jobState':
    case 'heatStack':
      return maskOutputs(value, (name) => marks.isSecretOutput(`${resource.url}/${resource.id}`, name));
    case 'monitoring':
    case 'hostKey':
      return value;
  }
}

/** Whether an output is secret although its name doesn't indicate it. */
type IsSecretOutput = (name: string) => boolean;

/** Masks secret outputs of stacks, in lists and in JSON texts of lists. Most stacks have none, and stay as they are. */
function maskOutputs(value: string, isSecret: IsSecretOutput): string {
  const record = mayHoldOutputs(value) ? parseForeignJson(value) : undefined;
  if (record === undefined) return value;
  const masked = withoutSecretOutputs(record, isSecret);
  return masked === record ? value : JSON.stringify(masked);
}

function mayHoldOutputs(text: string): boolean {
  return text.includes('output_key') || text.includes('\\u');
}

/** Masks secret outputs in a value. Returns the same value if it holds none. */
function withoutSecretOutputs(value: Json, isSecret: IsSecretOutput): Json {
  if (typeof value === 'string') {
    const inner = mayHoldOutputs(value) ? parseForeignJson(value) : undefined;
    if (inner === undefined) return value;
    const masked = withoutSecretOutputs(inner, isSecret);
    return masked === inner ? value : JSON.stringify(masked);
  }
  if (typeof value !== 'object' || value === null) return value;
  const parts: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  const masked = parts.map((part) => withoutSecretOutputs(part, isSecret));
  const name = isJsonObject(value) ? value.output_key : undefined;
  const hides = typeof name === 'string' && (isSecretName(name) || isSecret(name));
  if (!hides && masked.every((part, i) => part === parts[i])) return value;
  if (!isJsonObject(value)) return masked;
  return Object.fromEntries(
    Object.keys(value).map((key, i) => [key, hides && key === 'output_value' ? MASK : (masked[i] ?? null)]),
  );
}

/** Masks a schema: the default and the examples of a secret property. */
function maskSchema(value: string): string {
  const document = parseJson(value);
  if (!isJsonObject(document) || !isJsonObject(document.schema)) return MASK;
  const { properties } = document.schema;
  if (!isJsonObject(properties)) return value;
  const masked = Object.entries(properties).map(([name, source]) => {
    return [name, isJsonObject(source) && isSecretProperty(name, source) ? withoutValues(source) : source];
  });
  return JSON.stringify({ ...document, schema: { ...document.schema, properties: Object.fromEntries(masked) } });
}

const givesValues = new Set(['default', 'example', 'examples', 'const']);

function withoutValues(source: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(source).map(([name, part]) => {
      if (givesValues.has(name)) return [name, isNothing(part) ? part : MASK];
      return [name, isJsonObject(part) ? withoutValues(part) : part];
    }),
  );
}

function isNothing(value: Json): boolean {
  return value === null || value === '';
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

/**
 * Masks a body: secret properties, properties that the type no longer has or that were secret when they were written,
 * and members of free objects whose names indicate a secret.
 */
function maskBody(type: ResourceType, body: JsonObject, marks: SecretMarks, revision: number): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => {
      const secret = type.property.get(name)?.secret !== false || marks.wasSecret(type.id, name, revision);
      return [name, secret && !isNothing(value) ? MASK : maskedPart(type, value)];
    }),
  );
}

/** The mappings of a template name the sources of values, and hold no values. */
function maskedPart(type: ResourceType, value: Json): Json {
  return type.id === TEMPLATE_TYPE ? value : withoutNamedSecrets(value, MASK);
}

const elsewhere = new WeakMap<Model, readonly string[]>();

/** The key prefixes of types with secrets that are outside of all families (`sync_skip_config_prefix`). */
function mirroredElsewhere(model: Model): readonly string[] {
  let prefixes = elsewhere.get(model);
  if (prefixes === undefined) {
    prefixes = [...model.types.values()].flatMap((type) => {
      const { projection: form } = type;
      if (form === null || form.underConfig || !holdsSecrets(type)) return [];
      const first = form.keyTemplate?.[0];
      return [typeof first === 'string' ? first : `${type.url}/`];
    });
    elsewhere.set(model, prefixes);
  }
  return prefixes;
}

/** Masks a config record. Its body is JSON text under /config, an object elsewhere. */
function maskRecord(type: ResourceType | undefined, value: string, marks: SecretMarks, revision: number): string {
  if (type !== undefined && !holdsSecrets(type) && !marks.hasFormer(type.id) && !mayNameSecret(value)) return value;
  // A single property in its place can't be distinguished from a body.
  if (type?.projection !== null && type?.projection !== undefined) return MASK;
  const record = parseJson(value);
  if (!isJsonObject(record)) return MASK;
  const masked = (body: JsonObject) => (type === undefined ? maskUnknown(body) : maskBody(type, body, marks, revision));
  const { body } = record;
  if (isJsonObject(body)) return JSON.stringify({ ...record, body: masked(body) });
  const inner = typeof body === 'string' ? parseJson(body) : undefined;
  if (!isJsonObject(inner)) return MASK;
  return JSON.stringify({ ...record, body: JSON.stringify(masked(inner)) });
}

function maskUnknown(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.keys(body).map((name) => [name, name === 'id' ? (body.id ?? null) : MASK]));
}

/**
 * Masks a job. Its mark, which was written with it, names its secrets. Without a mark, a parameter is shown only if it
 * repeats a shown part of the body, and if the current mapping copies it from there.
 */
function maskJob({ model, templates, marks }: MaskRules, { value, createRevision }: StoredEntry): string {
  const queued = decodeJob(value);
  if (queued === null) return MASK;
  const { job } = queued;
  const type = model.types.get(job.resource_type);
  const planned = type === undefined ? undefined : marks.ofJob(job.id);
  const mappings = templates.get(templateIdOf(model, job) ?? '');
  const now = type === undefined || mappings === undefined ? nothing : secretParamsNow(model, type, mappings);
  const isOpen = (param: string): boolean => planned !== undefined && !planned.has(param) && !now.has(param);
  const isBodyOpen = type !== undefined && !holdsSecrets(type) && !marks.hasFormer(type.id) && !mayNameSecret(value);
  if (isBodyOpen && job.params.every(({ param }) => isOpen(param))) return value;
  const { resource_input: body } = job;
  const maskedBody = type === undefined ? maskUnknown(body) : maskBody(type, body, marks, createRevision);
  const isPublic = ({ param, value: given }: JobParam): boolean => {
    if (planned !== undefined) return isOpen(param);
    return !now.has(param) && jsonEqual(repeatedBy(mappings, param, maskedBody), given);
  };
  const masked: Job = {
    ...job,
    resource_input: maskedBody,
    params: job.params.map((param) => {
      return { ...param, value: isPublic(param) ? withoutNamedSecrets(param.value, MASK) : MASK };
    }),
  };
  return encodeJob({ ...queued, job: masked });
}

/** Returns the value that a mapping copies from a body. undefined if it does anything else. */
function repeatedBy(mappings: JsonObject | undefined, param: string, body: JsonObject): Json | undefined {
  const source = mappings !== undefined && Object.hasOwn(mappings, param) ? mappings[param] : undefined;
  try {
    const mapping = source === undefined ? null : parseMapping(source, param);
    if (mapping?.kind !== 'field' || mapping.path.length > 0) return undefined;
    return Object.hasOwn(body, mapping.field) ? body[mapping.field] : undefined;
  } catch (error) {
    if (isKamadoError(error)) return undefined;
    throw error;
  }
}

const nothing: ReadonlySet<string> = new Set();
const secretsNow = new WeakMap<ResourceType, WeakMap<JsonObject, ReadonlySet<string>>>();

/**
 * The parameters of a current template that end in a secret field of the type. Other types can use the same template.
 */
function secretParamsNow(model: Model, type: ResourceType, mappings: JsonObject): ReadonlySet<string> {
  const known = secretsNow.get(type) ?? new WeakMap<JsonObject, ReadonlySet<string>>();
  secretsNow.set(type, known);
  let secret = known.get(mappings);
  if (secret === undefined) {
    const params = Object.entries(mappings).filter(([param, source]) =>
      isSecretParameter(param, source, model, type.id),
    );
    secret = new Set(params.map(([param]) => param));
    known.set(mappings, secret);
  }
  return secret;
}
