import type { Run } from './run.ts';
import type { JsonText, Value } from './value.ts';

/** The output of `{{ value }}`: Python's str(). */
export function print(run: Run, value: Value): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' && value?.kind === 'undefined') return '';
  return represent(run, value);
}

/** Python's repr(): the form of an item inside a printed list or dict. */
export function represent(run: Run, value: Value): string {
  run.charge(1);
  switch (typeof value) {
    case 'string':
      return run.text(representText(run, value));
    case 'boolean':
      return value ? 'True' : 'False';
    case 'bigint':
      return digits(run, value);
    case 'number':
      return printFloat(value);
    default:
      return value === null ? 'None' : representObject(run, value);
  }
}

function digits(run: Run, value: bigint): string {
  const text = value.toString();
  run.scan(text.length);
  return text;
}

function representObject(run: Run, value: Exclude<Value, null | boolean | bigint | number | string>): string {
  switch (value.kind) {
    case 'undefined':
      return 'Undefined';
    case 'list':
      return `[${join(run, value.items)}]`;
    case 'tuple':
      return `(${join(run, value.items)}${value.items.length === 1 ? ',' : ''})`;
    case 'dict': {
      const parts = [...value.entries.values()].map(
        (entry) => `${represent(run, entry.key)}: ${represent(run, entry.value)}`,
      );
      return run.text(`{${parts.join(', ')}}`);
    }
    case 'loop':
      return `<LoopContext ${value.index0 + 1}/${value.items.length}>`;
    case 'namespace':
      return '<Namespace>';
  }
}

function join(run: Run, items: readonly Value[]): string {
  return run.text(items.map((item) => represent(run, item)).join(', '));
}

/**
 * Like JavaScript, Python prints the shortest digits that give the float back, but changes to exponents at other
 * values.
 */
export function printFloat(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  if (Object.is(value, -0)) return '-0.0';
  const [mantissa = '', exponentText = '0'] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) {
    const text = value.toString();
    return text.includes('.') ? text : `${text}.0`;
  }
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${Math.abs(exponent).toString().padStart(2, '0')}`;
}

const PRINTABLE = /^[^\\'\p{C}\p{Z}]*$/u;
const SPECIAL = /[\\']|[^\P{C}]|(?! )\p{Z}/gu;

function representText(run: Run, text: string): string {
  run.scan(text.length);
  if (PRINTABLE.test(text)) return `'${text}'`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const body = text.replaceAll(SPECIAL, (character) => {
    if (character === "'") return quote === "'" ? "\\'" : character;
    return NAMED.get(character) ?? hexEscape(character.codePointAt(0) ?? 0);
  });
  return `${quote}${body}${quote}`;
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

function hexEscape(code: number): string {
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}

/** The text of a value that may be a result of `tojson`. */
export function printAny(run: Run, value: Value | JsonText): string {
  return isJsonText(value) ? value.text : print(run, value);
}

export function isJsonText(value: Value | JsonText): value is JsonText {
  return typeof value === 'object' && value !== null && value.kind === 'json';
}
