import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import {
  errorText,
  INTEGER_LOST,
  isJsonObject,
  type Json,
  jsonTextDepth,
  type LostNumber,
  limits,
  lostDigits,
  lostNumber,
  pointerAt,
  readTextFile,
} from '../kernel/index.ts';
import type { Position } from '../schema/index.ts';

/**
 * Returns the position of the part that a pointer names: of its key, or of the list element; null if it is unknown.
 * With a line (from 1), the position of that line in the text of a literal block.
 */
export type PositionOf = (pointer: string, line?: number) => Position | null;

/** A parsed file of a catalogue: its content and the positions of its parts; or the reason why it can't be parsed. */
export type CatalogFile =
  | { readonly content: Json; readonly positionOf: PositionOf }
  | { readonly reason: string; readonly position: Position | null };

/** Reads a YAML (1.1) or JSON file. */
export async function readCatalogFile(path: string): Promise<CatalogFile> {
  let text: string;
  try {
    text = await readTextFile(path, limits.schemaFileBytes);
  } catch (error) {
    return fault(`cannot be read: ${errorText(error)}`);
  }
  return path.endsWith('.json') ? parseJsonFile(text) : parseYamlFile(text);
}

function fault(reason: string, position: Position | null = null): CatalogFile {
  return { reason, position };
}

function parseJsonFile(text: string): CatalogFile {
  if (jsonTextDepth(text) > limits.schemaFileDepth) return fault(`nested deeper than ${limits.schemaFileDepth} levels`);
  try {
    const content: Json = JSON.parse(text);
    const lost = lostNumber(text);
    if (lost !== null) return fault(`${pointerAt(text, lost.offset)} ${lost.reason}`, placeIn(text, lost.offset));
    return { content, positionOf: positionsInJson(text) };
  } catch (error) {
    if (error instanceof SyntaxError) return fault(`not JSON: ${error.message}`, positionOfSyntax(text, error.message));
    throw error;
  }
}

/** The position in V8's message about a fault in JSON, which omits it at the end of the text. */
function positionOfSyntax(text: string, message: string): Position {
  return placeIn(text, Number(/ at position (\d+)/.exec(message)?.[1] ?? text.length));
}

function placeIn(text: string, offset: number): Position {
  const before = text.slice(0, offset).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** JSON is nearly always YAML too; only files with faults are parsed a second time, for positions. */
function positionsInJson(text: string): PositionOf {
  const lines = new LineCounter();
  let document: Document.Parsed | null = null;
  return (pointer) => {
    document ??= parseDocument(text, { lineCounter: lines, prettyErrors: false });
    return document.errors.length > 0 ? null : positionIn({ text, document, lines }, pointer);
  };
}

function parseYamlFile(text: string): CatalogFile {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { version: '1.1', lineCounter: lines, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) return fault(`not YAML: ${error.message}`, positionAt(lines, error.pos[0]));
    const key = booleanKey(document);
    if (key !== null)
      return fault('a key such as y, no or on means true or false here: quote it', positionAt(lines, key));
    const content = jsonOf(document.toJS({ maxAliasCount: 100 }), 0);
    if (content === undefined) {
      const special = nonJsonValue(document);
      const reason = 'holds a value that JSON cannot represent: quote dates and other special values';
      return fault(reason, special === null ? null : positionAt(lines, special));
    }
    const lost = lostScalar(document);
    if (lost !== null) return fault(`this value ${lost.reason}`, positionAt(lines, lost.offset));
    const source = { text, document, lines };
    return { content, positionOf: (pointer, line) => positionIn(source, pointer, line) };
  } catch (error) {
    // aliases beyond the limit, or nesting beyond the stack
    if (error instanceof ReferenceError || error instanceof RangeError)
      return fault(`not usable YAML: ${error.message}`);
    throw error;
  }
}

/** The position of a value that is a date, binary or a special number; null if there is none. */
function nonJsonValue(document: Document.Parsed): number | null {
  let found: number | null = null;
  visit(document, {
    Scalar: (_key, { value, range }) => {
      const isPlain = typeof value === 'number' ? Number.isFinite(value) : typeof value !== 'object' || value === null;
      if (isPlain) return undefined;
      found = range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return found;
}

/** The first number, also as a key, whose digits a double can't hold; null if there is none. */
function lostScalar(document: Document.Parsed): LostNumber | null {
  let found: LostNumber | null = null;
  visit(document, {
    Scalar: (_key, { value, source, range }) => {
      const reason = typeof value === 'number' ? lostIn(value, source ?? '') : null;
      if (reason === null) return undefined;
      found = { offset: range?.[0] ?? 0, reason };
      return visit.BREAK;
    },
  });
  return found;
}

/**
 * The reason why a double can't hold a number, or null. Decimals are compared by their digits. Numbers to other bases
 * are integers, for which the size decides.
 */
function lostIn(value: number, source: string): string | null {
  const decimal = source.replaceAll('_', '').replace(/^\+/, '');
  if (/^-?(?:0|[1-9]\d*)?(?:\.\d*)?(?:[eE][-+]?\d+)?$/.test(decimal)) return lostDigits(decimal);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? INTEGER_LOST : null;
}

/**
 * The position of a map key that is a boolean, which YAML 1.1 makes of y, no, on and the like; null if there is none.
 */
function booleanKey(document: Document.Parsed): number | null {
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

interface Source {
  readonly text: string;
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

function positionIn(source: Source, pointer: string, line?: number): Position | null {
  const keys = keysOf(pointer);
  return (line === undefined ? null : positionOfLine(source, keys, line)) ?? positionOfNearest(source, keys);
}

/** The position of the part at these keys, or of its nearest existing parent. */
function positionOfNearest({ document, lines }: Source, keys: readonly (string | number)[]): Position | null {
  for (let length = keys.length; length > 0; length--) {
    const around = document.getIn(keys.slice(0, length - 1), true);
    const key = keys[length - 1];
    const pair = isMap(around)
      ? around.items.find((item) => isScalar(item.key) && String(item.key.value) === String(key))
      : undefined;
    const node = pair?.key ?? document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return positionAt(lines, node.range[0]);
  }
  const start = document.contents?.range?.[0];
  return start === undefined ? null : positionAt(lines, start);
}

/** Only the lines of a literal block correspond to lines of the file. */
function positionOfLine(source: Source, keys: readonly (string | number)[], line: number): Position | null {
  const node = source.document.getIn(keys, true);
  if (!isScalar(node) || node.type !== 'BLOCK_LITERAL' || !node.range) return null;
  const at = source.lines.linePos(node.range[0]).line + line;
  const text = source.text.split('\n')[at - 1];
  return text === undefined ? null : { line: at, column: text.search(/\S|$/) + 1 };
}

function positionAt(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line, column: col };
}

function keysOf(pointer: string): readonly (string | number)[] {
  const keys = pointer.split('/').slice(1);
  return keys.map((key) => (/^\d+$/.test(key) ? Number(key) : key));
}

/** A value as JSON; undefined if it has dates, binary, special numbers, or nests too deeply. */
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
