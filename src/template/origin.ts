import { isJsonText } from './printing.ts';
import { isDict, isSequence, type JsonText, type Value } from './value.ts';

/**
 * The origin of a part of the output: the template, or a value. The guard distinguishes values that are quoted already,
 * and values that are whole lists or dicts. A part is `entangled` if a value affected the template's own text. The
 * guard accepts no such part.
 */
export type Origin =
  | { readonly kind: 'template' }
  | { readonly kind: 'text' }
  | { readonly kind: 'quoted' }
  | { readonly kind: 'collection'; readonly value: Value }
  | { readonly kind: 'entangled' };

export const TEMPLATE: Origin = { kind: 'template' };
export const TEXT: Origin = { kind: 'text' };
export const ENTANGLED: Origin = { kind: 'entangled' };

/** The origin of an expression's value: never the template. */
export function originOf(value: Value | JsonText): Origin {
  if (!isJsonText(value)) return isSequence(value) || isDict(value) ? { kind: 'collection', value } : TEXT;
  if (isSequence(value.value) || isDict(value.value)) return { kind: 'collection', value: value.value };
  return typeof value.value === 'string' ? { kind: 'quoted' } : TEXT;
}
