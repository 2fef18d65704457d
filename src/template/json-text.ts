import { order } from './operators.ts';
import { print, printFloat } from './printing.ts';
import type { Run } from './run.ts';
import { type DictEntry, type JsonText, typeName, type Value } from './value.ts';

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
  ['\f', '\\f'],
  ['\b', '\\b'],
]);

const TO_ESCAPE = /["\\<>&']|[^ -~]/g;

/**
 * Jinja2's `tojson`: JSON in ASCII, keys in order, with < > & ' escaped too. Inside quotes of YAML it means the same,
 * whatever the value is.
 */
export function jsonText(run: Run, value: Value): JsonText {
  return { kind: 'json', text: encode(run, value), value };
}

function encode(run: Run, value: Value): string {
  run.charge(1);
  switch (typeof value) {
    case 'string':
      return quote(run, value);
    case 'boolean':
      return value ? 'true' : 'false';
    case 'bigint':
      return value.toString();
    case 'number':
      return encodeFloat(value);
    default:
      break;
  }
  if (value === null) return 'null';
  switch (value.kind) {
    case 'list':
    case 'tuple':
      return run.text(`[${value.items.map((item) => encode(run, item)).join(', ')}]`);
    case 'dict': {
      const entries = [...value.entries.values()].sort((a, b) => order(run, a.key, b.key));
      return run.text(`{${entries.map((entry) => encodeEntry(run, entry)).join(', ')}}`);
    }
    default:
      throw run.fail(`${typeName(value)} can not be written as JSON`);
  }
}

function encodeEntry(run: Run, { key, value }: DictEntry): string {
  if (typeof key === 'object' && key !== null) throw run.fail(`${typeName(key)} can not be a key in JSON`);
  const text = typeof key === 'boolean' || key === null ? encode(run, key) : print(run, key);
  return `${quote(run, text)}: ${encode(run, value)}`;
}

function encodeFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return printFloat(value);
}

function quote(run: Run, text: string): string {
  run.scan(text.length);
  const body = text.replaceAll(
    TO_ESCAPE,
    (unit) => ESCAPES.get(unit) ?? `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return run.text(`"${body}"`);
}
