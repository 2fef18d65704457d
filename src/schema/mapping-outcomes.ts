import { type Json, limits } from '../kernel/index.ts';
import type { Mapping } from './mapping.ts';
import { propertySource, type ResourceType } from './model.ts';

/**
 * The texts that a mapping can give for resources of a type, as far as the model tells: constants, enumerations,
 * booleans, either branch, and what these make together. What can't be told is left out.
 */
export function possibleTexts(mapping: Mapping, type: ResourceType): readonly string[] {
  switch (mapping.kind) {
    case 'constant':
      return textsOf([mapping.value]);
    case 'field':
      return mapping.path.length === 0 ? textsOf(valuesOf(type, mapping.field)) : [];
    case 'concatenate':
      return mapping.parts.reduce<readonly string[]>(
        (heads, part) => {
          const tails = possibleTexts(part, type);
          // So many texts are no list that anybody thought of.
          if (heads.length * tails.length > limits.mappingOutcomes) return [];
          return heads.flatMap((head) => tails.map((tail) => head + tail));
        },
        [''],
      );
    case 'if':
      return [...possibleTexts(mapping.whenTrue, type), ...possibleTexts(mapping.whenFalse, type)];
    case 'version':
    case 'nested':
    case 'output':
    case 'forEach':
      return [];
  }
}

function valuesOf(type: ResourceType, field: string): readonly Json[] {
  if (type.property.get(field)?.kind === 'boolean') return [true, false];
  const values = propertySource(type, field)?.enum;
  return Array.isArray(values) ? values : [];
}

function textsOf(values: readonly Json[]): readonly string[] {
  return values.flatMap((value) => (typeof value === 'object' ? [] : [String(value)]));
}
