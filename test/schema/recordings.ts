import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Model } from '../../src/schema/model.ts';

/** The folder of the shared material: KAMADO_SHARED, else `shared` beside the checkout. */
function sharedFolder(): string {
  if (process.env.KAMADO_SHARED !== undefined) return process.env.KAMADO_SHARED;
  const starts = [process.cwd(), dirname(fileURLToPath(import.meta.url))];
  const found = starts.map((start) => join(start, '..', 'shared')).find((folder) => existsSync(folder));
  return found ?? join(process.cwd(), '..', 'shared');
}

export const traces = join(sharedFolder(), 'traces');

/** For `skip:` of a test: false where the recordings are there, else why it is skipped. */
export const skipWithoutTraces: string | false = existsSync(traces) ? false : `the recordings are not at ${traces}`;

export function readJson(...path: readonly string[]): Json {
  const parsed: Json = JSON.parse(readFileSync(join(traces, ...path), 'utf8'));
  return parsed;
}

export function readLines(...path: readonly string[]): readonly JsonObject[] {
  const lines = readFileSync(join(traces, ...path), 'utf8')
    .trim()
    .split('\n');
  return lines.map((line) => objectOf(JSON.parse(line)));
}

/** The value as an object, {} where it is none: the recordings are data, the tests compare. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function dumpedSchemas(): readonly JsonObject[] {
  return listOf(objectOf(readJson('schemas.json')).schemas).map(objectOf);
}

export function dumpedModel(): Model {
  return compileModel(dumpedSchemas());
}
