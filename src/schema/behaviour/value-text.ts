import type { Mapping } from '../mapping.ts';
import { type MappingStyle, mappingText } from '../mapping-text.ts';
import type { Condition, ElementValue, FindValue, Generated, Value } from './value.ts';

/** Describes a value without a resource: `the sum of capacity along line_id and 1`. */
export function valueText(value: Value, style: MappingStyle): string {
  switch (value.kind) {
    case 'mapping':
      return mappingText(value.mapping, style);
    case 'list':
      return value.parts.length === 0 ? style.value([]) : `the list of ${listed(innerTexts(value.parts, style))}`;
    case 'object':
      return value.entries.size === 0 ? style.value({}) : `the object with ${entriesText(value.entries, style)}`;
    case 'element':
      return elementText(value, style);
    case 'find':
      return findText(value, style);
    case 'address':
      return `${addressWords(value.index)} of the network ${innerText(value.network, style)}`;
    case 'integer':
      return `${innerText(value.of, style)} as an integer`;
    case 'sum':
      return value.parts.length === 0 ? style.value(0) : `the sum of ${listed(innerTexts(value.parts, style))}`;
    case 'concatenate':
      return innerTexts(value.parts, style).join(' + ');
    case 'generate':
      return generatedText(value, style);
    case 'when': {
      const { condition, value: whenTrue, otherwise } = value;
      const other = otherwise === null ? 'nothing' : innerText(otherwise, style);
      return `${innerText(whenTrue, style)} where ${conditionText(condition, style)}, else ${other}`;
    }
  }
}

/** Describes a condition, to be used after `where`. */
export function conditionText(condition: Condition, style: MappingStyle): string {
  switch (condition.kind) {
    case 'equal':
    case 'oneOf':
    case 'regexp':
    case 'present':
      return simpleText(condition, style, true);
    case 'not': {
      const negated = condition.condition;
      const isSimple = negated.kind !== 'not' && negated.kind !== 'all' && negated.kind !== 'any';
      if (isSimple) return simpleText(negated, style, false);
      return `it is not so that ${innerCondition(negated, style)}`;
    }
    case 'all':
      if (condition.conditions.length === 0) return 'always';
      return condition.conditions.map((each) => innerCondition(each, style)).join(' and ');
    case 'any':
      if (condition.conditions.length === 0) return 'never';
      return condition.conditions.map((each) => innerCondition(each, style)).join(' or ');
  }
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[]): string {
  const last = words.at(-1) ?? '';
  return words.length < 2 ? last : `${words.slice(0, -1).join(', ')} and ${last}`;
}

type SimpleCondition = Exclude<Condition, { readonly kind: 'not' | 'all' | 'any' }>;

function simpleText(condition: SimpleCondition, style: MappingStyle, holds: boolean): string {
  switch (condition.kind) {
    case 'equal': {
      const [first = '', ...others] = condition.operands.map((operand) => subjectText(operand, style));
      return `${first} ${holds ? 'is' : 'is not'} ${others.join(' and ')}`;
    }
    case 'oneOf': {
      const values = condition.values.map(style.value).join(' or ');
      return `${subjectText(condition.subject, style)} ${holds ? 'is' : 'is not'} ${values}`;
    }
    case 'regexp': {
      const pattern = style.name(`/${condition.pattern.source}/`);
      return `${subjectText(condition.subject, style)} ${holds ? 'matches' : 'does not match'} ${pattern}`;
    }
    case 'present':
      return `${subjectText(condition.of, style)} has ${holds ? 'a' : 'no'} value`;
  }
}

/** Describes the value that a condition reads. The words after it mark the end of a path. */
export function subjectText(value: Value, style: MappingStyle): string {
  const isField = value.kind === 'mapping' && value.mapping.kind === 'field';
  return isField ? valueText(value, style) : innerText(value, style);
}

function elementText({ of, index, key }: ElementValue, style: MappingStyle): string {
  const element = `${placeWords(index)} element of ${innerText(of, style)}`;
  return key === null ? element : `${style.name(key)} of ${element}`;
}

function entriesText(entries: ReadonlyMap<string, Value>, style: MappingStyle): string {
  return [...entries].map(([name, value]) => `${style.name(name)}: ${innerText(value, style)}`).join(', ');
}

function placeWords(index: number): string {
  if (index === 0) return 'the first';
  if (index === -1) return 'the last';
  return index > 0 ? `the ${ordinal(index + 1)}` : `the ${ordinal(-index)} last`;
}

function ordinal(number: number): string {
  const endings = ['th', 'st', 'nd', 'rd'];
  const teen = Math.trunc(number / 10) % 10 === 1;
  return `${number}${(teen ? undefined : endings[number % 10]) ?? 'th'}`;
}

function addressWords(index: number): string {
  if (index === 0) return 'the own address';
  if (index === -1) return 'the last address';
  return index > 0 ? `address ${index}` : `the ${ordinal(-index)} last address`;
}

function findText({ type, where, field }: FindValue, style: MappingStyle): string {
  const conditions = [...where].map(([name, value]) => `${style.name(name)} is ${innerText(value, style)}`);
  const which = conditions.length === 0 ? '' : ` whose ${listed(conditions)}`;
  return `${style.name(field)} of the ${style.name(type)}${which}`;
}

function generatedText(value: Generated, style: MappingStyle): string {
  switch (value.what) {
    case 'uuid':
      return 'a random UUID';
    case 'mac_address':
      return `a random MAC address that begins with ${style.value(value.prefix)}`;
    case 'password':
      return `a random password of ${value.length} characters`;
  }
}

function innerTexts(values: readonly Value[], style: MappingStyle): readonly string[] {
  return values.map((value) => innerText(value, style));
}

/** A part of a larger description: in brackets if its end would be unclear otherwise. */
export function innerText(value: Value, style: MappingStyle): string {
  const words = valueText(value, style);
  return isLong(value) ? `(${words})` : words;
}

function isLong(value: Value): boolean {
  switch (value.kind) {
    case 'mapping':
      return isLongMapping(value.mapping);
    case 'list':
    case 'concatenate':
    case 'sum':
      return value.parts.length > 0;
    case 'object':
      return value.entries.size > 0;
    case 'find':
    case 'when':
    case 'element':
    case 'address':
    case 'integer':
      return true;
    case 'generate':
      return false;
  }
}

function isLongMapping(mapping: Mapping): boolean {
  switch (mapping.kind) {
    case 'constant':
    case 'version':
    case 'nested':
      return false;
    case 'field':
    case 'output':
      return mapping.path.length > 0;
    case 'concatenate':
    case 'if':
    case 'forEach':
      return true;
  }
}

function innerCondition(condition: Condition, style: MappingStyle): string {
  const words = conditionText(condition, style);
  return condition.kind === 'all' || condition.kind === 'any' ? `(${words})` : words;
}
