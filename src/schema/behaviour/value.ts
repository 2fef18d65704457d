import type { Json } from '../../kernel/index.ts';
import type { Pattern } from '../../kernel/pattern/index.ts';
import type { Mapping } from '../mapping.ts';

/**
 * A value that the server computes: a mapping, or a form that mappings don't have. Mappings mean the same as in the
 * params of jobs, except that a path that leads to no resource yields null.
 */
export type Value =
  | { readonly kind: 'mapping'; readonly mapping: Mapping }
  | { readonly kind: 'list'; readonly parts: readonly Value[] }
  | { readonly kind: 'object'; readonly entries: ReadonlyMap<string, Value> }
  | ElementValue
  | FindValue
  | { readonly kind: 'address'; readonly network: Value; readonly index: number }
  | { readonly kind: 'integer'; readonly of: Value }
  | { readonly kind: 'sum'; readonly parts: readonly Value[] }
  /** Like `concatenate` of mappings, for parts that aren't mappings. */
  | { readonly kind: 'concatenate'; readonly parts: readonly Value[] }
  | Generated
  | ConditionalValue;

/** An element of a list, and a key of it. */
export interface ElementValue {
  readonly kind: 'element';
  readonly of: Value;
  /** Negative: from the end. */
  readonly index: number;
  readonly key: string | null;
}

/** A field of the first resource, by id, whose fields have these values. */
export interface FindValue {
  readonly kind: 'find';
  readonly type: string;
  readonly where: ReadonlyMap<string, Value>;
  readonly field: string;
}

/** A random value. */
export type Generated =
  | { readonly kind: 'generate'; readonly what: 'uuid' }
  | { readonly kind: 'generate'; readonly what: 'mac_address'; readonly prefix: string }
  | { readonly kind: 'generate'; readonly what: 'password'; readonly length: number };

export interface ConditionalValue {
  readonly kind: 'when';
  readonly condition: Condition;
  readonly value: Value;
  readonly otherwise: Value | null;
}

export type Condition =
  | { readonly kind: 'equal'; readonly operands: readonly Value[] }
  | { readonly kind: 'oneOf'; readonly subject: Value; readonly values: readonly Json[] }
  | { readonly kind: 'regexp'; readonly subject: Value; readonly pattern: Pattern }
  | { readonly kind: 'present'; readonly of: Value }
  | { readonly kind: 'not'; readonly condition: Condition }
  | { readonly kind: 'all'; readonly conditions: readonly Condition[] }
  | { readonly kind: 'any'; readonly conditions: readonly Condition[] };
