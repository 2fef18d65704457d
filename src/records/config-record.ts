import { isJsonObject, type Json, type JsonObject, jsonEqual, parseJson } from '../kernel/index.ts';

/** The intended config of a resource, under /config. */
export interface ConfigRecord {
  readonly body: JsonObject;
  readonly version: number;
  readonly markedForDeletion: boolean;
}

/** The value of a /config key: the body is a JSON string in it (compatibility K3). */
export function encodeConfig(bodyText: string, version: number, markedForDeletion: boolean): string {
  return JSON.stringify({ body: bodyText, marked_for_deletion: markedForDeletion, version });
}

/** Reads the value of a /config key. null if it isn't valid. */
export function decodeConfig(value: string): ConfigRecord | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.body !== 'string' || typeof record.version !== 'number') return null;
  const body = parseJson(record.body);
  return isJsonObject(body)
    ? { body, version: record.version, markedForDeletion: record.marked_for_deletion === true }
    : null;
}

/** The last planned config, under /esi-worker/config (compatibility K5). */
export interface ProcessedConfig {
  readonly body: JsonObject;
  readonly version: number;
  readonly deleted: boolean;
}

/** The value of a /esi-worker/config key: here the body is an object. */
export function encodeProcessed(config: ProcessedConfig): string {
  return JSON.stringify({ body: config.body, deleted: config.deleted, version: config.version });
}

/** Reads the value of a /esi-worker/config key. null if it isn't valid. */
export function decodeProcessed(value: string): ProcessedConfig | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || !isJsonObject(record.body) || typeof record.version !== 'number') return null;
  return { body: record.body, version: record.version, deleted: record.deleted === true };
}

/** Whether two bodies are equivalent: a null property equals an absent one. */
export function sameBody(a: JsonObject, b: JsonObject): boolean {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].every((name) => jsonEqual(own(a, name), own(b, name)));
}

function own(body: JsonObject, name: string): Json {
  return (Object.hasOwn(body, name) ? body[name] : undefined) ?? null;
}
