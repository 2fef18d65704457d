import { type Json, limits } from '../kernel/index.ts';
import type { Mapping } from './mapping.ts';
import { propertySource, type ResourceType } from './model.ts';

/**
 * Returns the texts that a mapping can yield for resources of a type, as far as the model determines them: constants,
 * enumerations, booleans, both branches, and combinations of these. Undetermined texts are left out.
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
          // No author intends so many combinations.
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
