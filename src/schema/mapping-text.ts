import type { Json } from '../kernel/index.ts';
import { type Condition, type Mapping, operandsOf, type Step } from './mapping.ts';

/** The rendering of names and values in the description of a mapping. */
export interface MappingStyle {
  /** Renders names of properties, relations, types and outputs. */
  readonly name: (name: string) => string;
  /** Renders constants. */
  readonly value: (value: Json) => string;
}

/** Describes a mapping without a resource: `name along port_id → device_id`. With a resource: `explanationText`. */
export function mappingText(mapping: Mapping, style: MappingStyle): string {
  switch (mapping.kind) {
    case 'constant':
      return style.value(mapping.value);
    case 'version':
      return 'the config version';
    case 'nested':
      return style.name(mapping.keys.join('.'));
    case 'field':
      return along(style.name(mapping.field), mapping, style);
    case 'output':
      return outputText(mapping, style);
    case 'concatenate':
      return mapping.parts.map((part) => inner(part, style)).join(' + ');
    case 'if': {
      const { condition, whenTrue, whenFalse } = mapping;
      return `${inner(whenTrue, style)} where ${conditionText(condition, style)}, else ${inner(whenFalse, style)}`;
    }
    case 'forEach':
      return `for each element of ${inner(mapping.list, style)}: ${mappingText(mapping.each, style)}`;
  }
}

function outputText(mapping: Extract<Mapping, { readonly kind: 'output' }>, style: MappingStyle): string {
  const output = `output ${style.name(mapping.outputKey)}`;
  if (mapping.path.length === 0) return `${output} of its own stack`;
  return along(`${output} of the stack`, mapping, style);
}

function along(
  what: string,
  { path, ignoreMissing }: { readonly path: readonly Step[]; readonly ignoreMissing: boolean },
  style: MappingStyle,
): string {
  if (path.length === 0) return what;
  return `${what} along ${pathText(path, style)}${ignoreMissing ? `, ${style.value('')} if that leads to no resource` : ''}`;
}

/** The hops of a path: `port_id → device_id`. */
export function pathText(path: readonly Step[], style: MappingStyle): string {
  return path.map((step) => stepText(step, style)).join(' → ');
}

function stepText(step: Step, style: MappingStyle): string {
  switch (step.kind) {
    case 'relation':
      return style.name(step.field);
    case 'typed':
      return `${step.field === '' ? 'the element' : style.name(step.field)} (${style.name(step.type)})`;
    case 'computed':
      return `the relation named ${mappingText(step.name, style)}`;
  }
}

function conditionText(condition: Condition, style: MappingStyle): string {
  const [first = '', ...others] = operandsOf(condition).map((operand) => inner(operand, style));
  if (condition.kind === 'equal') return `${first} equals ${others.join(' and ')}`;
  return `${first} matches ${style.name(`/${condition.pattern.source}/`)}`;
}

/** A part of a larger description: in brackets if its end would be unclear otherwise. */
function inner(mapping: Mapping, style: MappingStyle): string {
  const words = mappingText(mapping, style);
  return mapping.kind === 'if' || mapping.kind === 'forEach' || mapping.kind === 'concatenate' ? `(${words})` : words;
}
