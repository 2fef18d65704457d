import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';

/** The folder of the shared material: KAMADO_SHARED, else `shared` beside the checkout. */
function sharedFolder(): string {
  if (process.env.KAMADO_SHARED !== undefined) return process.env.KAMADO_SHARED;
  const starts = [process.cwd(), dirname(fileURLToPath(import.meta.url))];
  const found = starts.map((start) => join(start, '..', 'shared')).find((folder) => existsSync(folder));
  return found ?? join(process.cwd(), '..', 'shared');
}

const folder = sharedFolder();

/** For `skip:` of a test: false where the shared material is there, else why it is skipped. */
export const skipWithoutShared: string | false = existsSync(folder) ? false : 'the shared material is not there';

export function readJson(path: string): Json {
  const parsed: Json = JSON.parse(readFileSync(join(folder, path), 'utf8'));
  return parsed;
}

export function readLines(path: string): readonly JsonObject[] {
  const lines = readFileSync(join(folder, path), 'utf8').trim().split('\n');
  return lines.map((line) => objectOf(JSON.parse(line)));
}

/** The value as an object, {} where it is none: the recordings are data, the tests compare. */
export function objectOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The recorded runs. */
export const RUNS = ['2017_vpn_gateway', '2018_vpn_gateway', '2019_firewall', '2019_logical_network'] as const;

export interface RecordedTemplate {
  readonly id: string;
  readonly source: string;
  /** The names of the parameters that are mapped for it. */
  readonly parameters: readonly string[];
}

/** The templates that were in force in a run. */
export function recordedTemplates(run: string): readonly RecordedTemplate[] {
  return readLines(`traces/${run}/templates.jsonl`).map((line) => {
    const { template_file, parameter_mappings } = objectOf(objectOf(line.value).body);
    const parameters = Object.keys(objectOf(parameter_mappings));
    return { id: textOf(line.id), source: textOf(template_file), parameters };
  });
}
