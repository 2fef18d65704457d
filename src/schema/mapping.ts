import type { Json, JsonObject } from '../kernel/index.ts';
import type { Pattern } from '../kernel/pattern/index.ts';

/**
 * The mapping language. It finds a parameter of a template, or the id of a template, from a resource and the resources
 * that it refers to (compatibility L5). Both syntaxes and both generations parse to this one tree. Every node is
 * frozen. Each purpose (evaluate, references, explain, check, secrets) is a visitor over `kind`.
 */
export type Mapping =
  | FieldMapping
  | ConstantMapping
  | VersionMapping
  | NestedMapping
  | OutputMapping
  | ConcatenateMapping
  | ConditionalMapping
  | ForEachMapping;

/** `P<f>`, `F<type>+<f>…:<f>`, `{field, path?}`: a field of the resource at the end of the path. */
export interface FieldMapping {
  readonly kind: 'field';
  readonly field: string;
  readonly path: readonly Step[];
  /** A path that leads to no resource yields '' and no reference, instead of REFERENCE_UNRESOLVED. */
  readonly ignoreMissing: boolean;
  /** `{field: f}` without a path records f as a resource if it is a relation; `P<f>` doesn't (compatibility L6). */
  readonly recordsRelation: boolean;
}

/** `C<text>`, `{constant}`, and a bare string inside `equal` and `concatenate`. */
export interface ConstantMapping {
  readonly kind: 'constant';
  readonly value: Json;
}

/** `Vauto_filled`, `{version: 'auto_filled'}`: the config version. */
export interface VersionMapping {
  readonly kind: 'version';
}

/** `O<object>:<key>`, `{nested: [object, key, …]}`: a key inside an object property. */
export interface NestedMapping {
  readonly kind: 'nested';
  readonly keys: readonly string[];
}

/** `M<type>:<idfield>:<key>`, `{output_key, path?}`: a stack's output, bound by the worker. No path: the own stack. */
export interface OutputMapping {
  readonly kind: 'output';
  readonly outputKey: string;
  readonly path: readonly Step[];
  readonly ignoreMissing: boolean;
}

/** `A<m>&<m>…`, `{concatenate: [m, …]}`: the values as one text. */
export interface ConcatenateMapping {
  readonly kind: 'concatenate';
  readonly parts: readonly Mapping[];
}

/** `{if_mapping, then_mapping, else_mapping}`. */
export interface ConditionalMapping {
  readonly kind: 'if';
  readonly condition: Condition;
  readonly whenTrue: Mapping;
  readonly whenFalse: Mapping;
}

/** All operands are equal, or a pattern is found in a subject (searched, not anchored). */
export type Condition =
  | { readonly kind: 'equal'; readonly operands: readonly Mapping[] }
  | { readonly kind: 'regexp'; readonly subject: Mapping; readonly pattern: Pattern };

/** The mappings whose values a condition reads. */
export function operandsOf(condition: Condition): readonly Mapping[] {
  return condition.kind === 'equal' ? condition.operands : [condition.subject];
}

/** `{for_field, for_mapping}`: `each` with every element of the list as the body. */
export interface ForEachMapping {
  readonly kind: 'forEach';
  readonly list: Mapping;
  readonly each: Mapping;
}

/** One hop of a path. */
export type Step =
  /** A relation of the current type of the walk. */
  | { readonly kind: 'relation'; readonly field: string }
  /** A type and the field that holds the id; the field '' means that the element of a forEach is itself the id. */
  | { readonly kind: 'typed'; readonly type: string; readonly field: string }
  /** A relation whose name is computed: `{concatenate: [{field: service_type}, '_gw_id']}`. */
  | { readonly kind: 'computed'; readonly name: ConcatenateMapping };

/** A resource that a mapping visited: the job depends on its pending jobs. */
export interface ResourceReference {
  readonly resource_type: string;
  readonly resource_id: string;
}

/** The input of an evaluation. */
export interface MappingContext {
  /** The type of `body`. */
  readonly type: string;
  readonly body: JsonObject;
  /** The config version of `body`. */
  readonly version: number;
  /** The type that a field of a type refers to. null if it isn't a relation. */
  readonly relationOf: (type: string, field: string) => string | null;
  /** The body of another resource in its currently known form, or undefined. */
  readonly lookup: (type: string, id: string) => JsonObject | undefined;
  /** Whether a field of a type is secret. Absent: its name decides. */
  readonly isSecret?: (type: string, field: string) => boolean;
}

/** A param of a job without its name: the shape that the recordings hold. */
export interface MappingResult {
  /** 'value' is final; 'output_key' is bound by the worker; 'list' holds such params. */
  readonly type: 'value' | 'output_key' | 'list';
  readonly value: Json;
  /** Every visited resource, in order, including duplicates. */
  readonly resources: readonly ResourceReference[];
}
