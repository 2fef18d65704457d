import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { TestContext } from 'node:test';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { objectOf, traces } from '../schema/recordings.ts';

/** A file's lines, or those that take their place; null: no such file. */
export type ChangeLines = (lines: readonly string[]) => readonly string[] | null;

/** Which files of a copy differ. */
export interface Changes {
  readonly heatCalls?: ChangeLines;
  readonly worker?: ChangeLines;
  readonly events?: ChangeLines;
  readonly requests?: ChangeLines;
  readonly notes?: ChangeLines;
  readonly run?: JsonObject;
}

/** A copy of a shared run with changed files. */
export function copyOf(t: TestContext, name: string, changes: Changes): string {
  const { heatCalls, worker, events, requests, notes, run } = changes;
  const folder = mkdtempSync(join(tmpdir(), 'kamado-run-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const source = join(traces, name);
  const described = objectOf(parseJson(readFileSync(join(source, 'run.json'), 'utf8')));
  const eventsFile = String(described.events);
  const schemas = resolve(source, String(described.schemas));
  writeFileSync(join(folder, 'run.json'), JSON.stringify({ ...described, schemas, ...run }));
  const copy = (file: string, change: ChangeLines = (lines) => lines): void => {
    const lines = change(readFileSync(join(source, file), 'utf8').trimEnd().split('\n'));
    if (lines !== null) writeFileSync(join(folder, file), lines.join('\n'));
  };
  copy('template_mappings.json');
  copy(eventsFile, events);
  copy('heat_calls.jsonl', heatCalls);
  copy('worker.jsonl', worker);
  copy('requests.jsonl', requests);
  if (existsSync(join(source, 'docs.jsonl'))) copy('docs.jsonl', notes);
  return folder;
}

/** The number of the first line that is so, and the lines with it changed. */
export function changeLine(
  lines: readonly string[],
  isMeant: (value: JsonObject) => boolean,
  change: (value: JsonObject) => JsonObject,
): { readonly number: number; readonly lines: readonly string[] } {
  const place = lines.findIndex((line) => isMeant(objectOf(parseJson(line))));
  assert.ok(place >= 0, 'such a line is there');
  const changed = JSON.stringify(change(objectOf(parseJson(lines[place] ?? ''))));
  assert.notEqual(changed, JSON.stringify(parseJson(lines[place] ?? '')));
  return { number: place + 1, lines: lines.with(place, changed) };
}

/** The value with one part changed, found by the names of members and the positions in lists. */
export function withPart(value: Json, path: readonly (string | number)[], change: (part: Json) => Json): Json {
  const [name, ...rest] = path;
  if (name === undefined) return change(value);
  if (typeof name === 'number') {
    assert.ok(Array.isArray(value));
    return value.map((part: Json, i) => (i === name ? withPart(part, rest, change) : part));
  }
  assert.ok(isJsonObject(value));
  return { ...value, [name]: withPart(value[name] ?? null, rest, change) };
}
