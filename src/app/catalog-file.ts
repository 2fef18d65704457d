import { readFile, stat } from 'node:fs/promises';
import { type Document, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { isJsonObject, type Json, jsonTextDepth } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';

/** A file of a catalogue, parsed: its content and where each part stands; or why it can't be. */
export type CatalogFile =
  | { readonly content: Json; readonly lineOf: (pointer: string) => number | null }
  | { readonly reason: string; readonly line: number | null };

/** Reads a YAML (1.1) or JSON file. */
export async function readCatalogFile(path: string): Promise<CatalogFile> {
  const { size } = await stat(path);
  if (size > limits.schemaFileBytes) return fault(`larger than ${limits.schemaFileBytes} bytes`);
  const text = await readFile(path, 'utf8');
  return path.endsWith('.json') ? parseJsonFile(text) : parseYamlFile(text);
}

function fault(reason: string, line: number | null = null): CatalogFile {
  return { reason, line };
}

function parseJsonFile(text: string): CatalogFile {
  if (jsonTextDepth(text) > limits.schemaFileDepth) return fault(`nested deeper than ${limits.schemaFileDepth} levels`);
  try {
    const content: Json = JSON.parse(text);
    return { content, lineOf: () => null };
  } catch (error) {
    if (error instanceof SyntaxError) return fault(`not JSON: ${error.message}`);
    throw error;
  }
}

function parseYamlFile(text: string): CatalogFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { version: '1.1', lineCounter: lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) return fault(`not YAML: ${error.message}`, lines.linePos(error.pos[0]).line);
    const key = flagKey(document);
    if (key !== null)
      return fault('a key such as y, no or on means true or false here: quote it', lines.linePos(key).line);
    const content = jsonOf(document.toJS({ maxAliasCount: 100 }), 0);
    if (content === undefined)
      return fault('holds something that JSON cannot say: quote dates and other special values');
    return {
      content,
      lineOf: (pointer) => lineOf(document, lines, keysOf(pointer)),
    };
  } catch (error) {
    // aliases beyond the limit, or nesting beyond the stack
    if (error instanceof ReferenceError || error instanceof RangeError)
      return fault(`not usable YAML: ${error.message}`);
    throw error;
  }
}

/** Where a key of a map is a boolean, which YAML 1.1 makes of y, no, on and their like; null where none is. */
function flagKey(document: Document.Parsed): number | null {
  let found: number | null = null;
  visit(document, {
    Pair: (_key, { key }) => {
      if (!isScalar(key) || typeof key.value !== 'boolean') return undefined;
      found = key.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** The line of what the keys lead to, or of the nearest thing around it that is there. */
function lineOf(document: Document.Parsed, lines: LineCounter, keys: readonly (string | number)[]): number | null {
  const node = document.getIn(keys, true);
  const start = isNode(node) ? node.range?.[0] : undefined;
  if (start !== undefined) return lines.linePos(start).line;
  return keys.length === 0 ? null : lineOf(document, lines, keys.slice(0, -1));
}

function keysOf(pointer: string): readonly (string | number)[] {
  const keys = pointer.split('/').slice(1);
  return keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** A value as JSON; undefined where it has dates, binary, special numbers, or nests too deeply. */
function jsonOf(value: unknown, depth: number): Json | undefined {
  if (depth > limits.schemaFileDepth) return undefined;
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (Array.isArray(value)) {
    const parts = value.map((part: unknown) => jsonOf(part, depth + 1));
    return parts.every((part) => part !== undefined) ? parts : undefined;
  }
  if (!isJsonObject(value) || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
  const entries = Object.entries(value).map(([key, part]) => [key, jsonOf(part, depth + 1)] as const);
  const known = entries.flatMap(([key, part]) => (part === undefined ? [] : [[key, part] as const]));
  return known.length === entries.length ? Object.fromEntries(known) : undefined;
}
