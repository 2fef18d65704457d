import { isJsonText } from './printing.ts';
import { isDict, isSequence, type JsonText, type Value } from './value.ts';

/**
 * Who wrote a part of the output: the template, or a value. Of values the guard must know those that are quoted
 * already and those that are whole lists or dicts. A part is `entangled` where a value decided what became of the
 * template's own text; the guard accepts none.
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

/** The origin of what an expression gives: never the template. */
export function originOf(value: Value | JsonText): Origin {
  if (!isJsonText(value)) return isSequence(value) || isDict(value) ? { kind: 'collection', value } : TEXT;
  if (isSequence(value.value) || isDict(value.value)) return { kind: 'collection', value: value.value };
  return typeof value.value === 'string' ? { kind: 'quoted' } : TEXT;
}
