import { textKey } from './context.ts';
import { print, represent } from './printing.ts';
import type { Run } from './run.ts';
import { isDict, isNumeric, isSequence, isUndefined, typeName, type Value } from './value.ts';

const DIRECTIVE =
  /%(?:\((?<name>[^()]*)\))?(?<flags>[-+ 0#]*)(?<width>\d{0,6})(?:\.(?<precision>\d{0,2}))?(?<type>[\s\S]?)/g;

interface Directive {
  readonly flags: string;
  readonly width: number;
  readonly precision: number | undefined;
  readonly type: string;
}

/** A part of a formatted text: literal text of the format, or the value of a placeholder. */
export interface PercentPart {
  readonly text: string;
  readonly isPlace: boolean;
}

/** Python's `format % values`, for %s %r %d %i %x %X %o %f %e and %%. */
export function formatPercent(run: Run, format: string, values: Value): string {
  return percentParts(run, format, values)
    .map(({ text }) => text)
    .join('');
}

/** The same in parts. */
export function percentParts(run: Run, format: string, values: Value): readonly PercentPart[] {
  const queue = isSequence(values) && values.kind === 'tuple' ? values.items : [values];
  let used = 0;
  run.scan(format.length);
  let length = format.length;
  const place = (groups: { readonly [group: string]: string | undefined }): PercentPart => {
    const { name, flags = '', width = '', precision, type = '' } = groups;
    if (type === '%') return { text: '%', isPlace: false };
    const value = name === undefined ? queue[used++] : namedValue(run, values, name);
    if (value === undefined) throw run.fail('the format has more places than there are values');
    const directive: Directive = {
      flags,
      width: Number(width),
      precision: precision === undefined ? undefined : Number(precision),
      type,
    };
    run.reserve(directive.width);
    const text = pad(convert(run, directive, value), directive);
    length += text.length;
    run.reserve(length);
    return { text, isPlace: true };
  };
  const parts: PercentPart[] = [];
  let from = 0;
  // One after the other: matching all at once would do the work before any of it is counted.
  for (const match of format.matchAll(DIRECTIVE)) {
    run.charge(1);
    parts.push({ text: format.slice(from, match.index), isPlace: false }, place(match.groups ?? {}));
    from = match.index + match[0].length;
  }
  if (used < queue.length && isSequence(values)) {
    if (values.kind === 'tuple') throw run.fail('the format has fewer places than there are values');
  }
  if (used === 0 && !isDict(values) && !isSequence(values) && !isUndefined(values)) {
    throw run.fail('the format has no place for the value');
  }
  return [...parts, { text: format.slice(from), isPlace: false }];
}

function namedValue(run: Run, values: Value, name: string): Value {
  const entry = isDict(values) ? values.entries.get(textKey(name)) : undefined;
  if (entry === undefined) throw run.fail('the format names a value that is not given');
  return entry.value;
}

function convert(run: Run, { type, precision, flags }: Directive, value: Value): string {
  if (type === 's' || type === 'r') {
    const text = type === 's' ? print(run, value) : represent(run, value);
    return precision === undefined ? text : text.slice(0, precision);
  }
  if (isUndefined(value)) throw run.failUndefined(value);
  if (!isNumeric(value)) throw run.fail(`a place of the format needs a number, not ${typeName(value)}`);
  const digits = numberDigits(run, type, precision, value);
  if (digits.startsWith('-')) return digits;
  return flags.includes('+') ? `+${digits}` : flags.includes(' ') ? ` ${digits}` : digits;
}

function numberDigits(run: Run, type: string, precision: number | undefined, value: bigint | number | boolean): string {
  switch (type) {
    case 'd':
    case 'i':
      if (typeof value === 'number' && !Number.isFinite(value)) throw run.fail(`%${type} needs a finite number`);
      return (typeof value === 'number' ? BigInt(Math.trunc(value)) : BigInt(value)).toString();
    case 'x':
    case 'X':
    case 'o': {
      if (typeof value === 'number') throw run.fail(`%${type} needs int, not float`);
      const digits = BigInt(value).toString(type === 'o' ? 8 : 16);
      return type === 'X' ? digits.toUpperCase() : digits;
    }
    case 'f':
      return Number(value).toFixed(precision ?? 6);
    case 'e':
      return Number(value)
        .toExponential(precision ?? 6)
        .replace(/e([+-])(\d)$/, 'e$10$2');
    default:
      throw run.fail('the format has a place that is not supported; %s %r %d %i %x %X %o %f %e are');
  }
}

function pad(text: string, { flags, width, type }: Directive): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || type === 's' || type === 'r') return text.padStart(width);
  const sign = /^[-+ ]/.exec(text)?.[0] ?? '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
