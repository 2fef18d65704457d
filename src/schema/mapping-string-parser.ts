import { limits } from '../kernel/index.ts';
import type { Mapping, Step } from './mapping.ts';
import { type MappingPlace, mappingFault } from './mapping-fault.ts';

/** Parses the string syntax: the first character is the operator. @throws MAPPING_INVALID */
export function parseStringMapping(text: string, place: MappingPlace): Mapping {
  return Object.freeze(parse({ text, place }, 0, text.length, true));
}

interface Source {
  readonly text: string;
  readonly place: MappingPlace;
}

/** Parses text[from, to). */
function parse(source: Source, from: number, to: number, mayConcatenate: boolean): Mapping {
  const operator = from < to ? source.text.charAt(from) : '';
  const start = from + 1;
  switch (operator) {
    case 'C':
      return { kind: 'constant', value: source.text.slice(start, to) };
    case 'P':
      return field(nameIn(source, start, to), []);
    case 'V':
      return { kind: 'version' };
    case 'O':
      return nested(source, start, to);
    case 'F':
      return walk(source, start, to);
    case 'M':
      return output(source, start, to);
    case 'A':
      if (mayConcatenate) return concatenate(source, start, to);
      throw mappingFault(source.place, 'A inside of A', from);
    default:
      throw mappingFault(source.place, 'one of the operators C, P, V, O, F, M, A is expected', from);
  }
}

function field(name: string, path: readonly Step[]): Mapping {
  return { kind: 'field', field: name, path: Object.freeze(path), ignoreMissing: false, recordsRelation: false };
}

function nested(source: Source, start: number, to: number): Mapping {
  const keys = spans(source, start, to, ':').map(([from, end]) => nameIn(source, from, end));
  if (keys.length < 2) throw mappingFault(source.place, 'O<object>:<key> is expected', start);
  return { kind: 'nested', keys: Object.freeze(keys) };
}

function walk(source: Source, start: number, to: number): Mapping {
  const parts = spans(source, start, to, ':');
  const last = parts.pop();
  if (last === undefined || parts.length === 0) {
    throw mappingFault(source.place, 'F<type>+<id field>:…:<field> is expected', start);
  }
  if (parts.length > limits.mappingDepth) {
    throw mappingFault(source.place, `longer than ${limits.mappingDepth} hops`, start);
  }
  return field(
    nameIn(source, last[0], last[1]),
    parts.map(([from, end]) => hop(source, from, end)),
  );
}

function hop(source: Source, from: number, to: number): Step {
  const [type, id, ...rest] = spans(source, from, to, '+');
  if (type === undefined || id === undefined || rest.length > 0) {
    throw mappingFault(source.place, '<type>+<id field> is expected', from);
  }
  return Object.freeze({ kind: 'typed', type: nameIn(source, ...type), field: nameIn(source, ...id) });
}

function output(source: Source, start: number, to: number): Mapping {
  const [type, id, key, ...rest] = spans(source, start, to, ':');
  if (type === undefined || id === undefined || key === undefined || rest.length > 0) {
    throw mappingFault(source.place, 'M<type>:<id field>:<output key> is expected', start);
  }
  const step: Step = { kind: 'typed', type: nameIn(source, ...type), field: nameIn(source, ...id) };
  return {
    kind: 'output',
    outputKey: nameIn(source, ...key),
    path: Object.freeze([Object.freeze(step)]),
    ignoreMissing: false,
  };
}

function concatenate(source: Source, start: number, to: number): Mapping {
  const parts = spans(source, start, to, '&').map(([from, end]) => {
    const part = parse(source, from, end, false);
    if (part.kind === 'output') {
      throw mappingFault(source.place, 'a stack output is known only to the worker and cannot be used here', from);
    }
    return Object.freeze(part);
  });
  return { kind: 'concatenate', parts: Object.freeze(parts) };
}

type Span = readonly [from: number, to: number];

/** The pieces of text[start, to) between separators. */
function spans(source: Source, start: number, to: number, separator: string): Span[] {
  const found: Span[] = [];
  let from = start;
  for (let i = start; i < to; i++) {
    if (source.text.charAt(i) !== separator) continue;
    found.push([from, i]);
    from = i + 1;
  }
  found.push([from, to]);
  return found;
}

/** Returns a name. It contains no operators. */
function nameIn(source: Source, from: number, to: number): string {
  const name = source.text.slice(from, to);
  const wrong = name.search(/[:+&\s]/);
  if (name === '') throw mappingFault(source.place, 'a name is missing', from);
  if (wrong >= 0) throw mappingFault(source.place, `unexpected ${JSON.stringify(name.charAt(wrong))}`, from + wrong);
  return name;
}
