import { type Json, MASK } from '../kernel/index.ts';
import {
  type ConditionalMapping,
  type FieldMapping,
  type ForEachMapping,
  type Mapping,
  type MappingContext,
  type NestedMapping,
  type OutputMapping,
  operandsOf,
  type ResourceReference,
} from './mapping.ts';
import type { Types } from './mapping-checks.ts';
import { relationName } from './mapping-evaluator.ts';
import { countStep, elementsOf, holds, joined, type MappingRun, readNested, unlessMissing } from './mapping-run.ts';
import { isSecretMapping } from './mapping-secrets.ts';
import { type Hop, walk } from './mapping-walk.ts';

/**
 * The derivation of a mapping's value. `value` is undefined if it isn't final: it depends on the output of a stack, or
 * on a missing resource. A value that is or contains a secret is replaced by the mask, and so are values that are made
 * of one.
 */
export type Explanation =
  | { readonly kind: 'constant' | 'version'; readonly value: Json }
  | FieldExplanation
  | OutputExplanation
  | MissingExplanation
  | { readonly kind: 'concatenate'; readonly value: Json | undefined; readonly parts: readonly Explanation[] }
  | BranchExplanation
  | {
      readonly kind: 'forEach';
      readonly value: Json | undefined;
      readonly list: Explanation;
      readonly elements: readonly Explanation[];
    };

/** A field that was read. For an object inside the resource, `keys` leads to the value. */
export interface FieldExplanation {
  readonly kind: 'field';
  readonly value: Json;
  readonly keys: readonly string[];
  readonly of: ResourceReference;
  /** The hops from the resource that the mapping belongs to. */
  readonly hops: readonly Hop[];
}

/** An output of a resource's stack, which the worker binds. */
export interface OutputExplanation {
  readonly kind: 'output';
  readonly value: undefined;
  readonly outputKey: string;
  readonly of: ResourceReference;
  readonly hops: readonly Hop[];
}

/** A path that broke at the hop `broken`, which leads to no resource. */
export interface MissingExplanation {
  readonly kind: 'missing';
  /** '' if the missing resource is to be ignored. */
  readonly value: '' | undefined;
  /** The requested field or output. */
  readonly wanted: string;
  readonly hops: readonly Hop[];
  readonly broken: Hop;
}

/** The branch that was taken, and the condition that decided it. null: a missing resource keeps it undecided. */
export interface BranchExplanation {
  readonly kind: 'if';
  readonly value: Json | undefined;
  readonly branch: 'then' | 'else' | null;
  /** The pattern that was searched for in the only operand. null: the operands were compared. */
  readonly pattern: string | null;
  readonly operands: readonly Explanation[];
  readonly taken: Explanation | null;
}

/**
 * Explains a mapping: which relation, on which resource, gave which value. It visits the same nodes as an evaluation,
 * with the same limit of steps. `param` names the mapping in errors.
 * @throws MAPPING_INVALID if the mapping doesn't fit the resource, or would take too many steps; never for a missing
 * resource
 */
export function explainMapping(mapping: Mapping, context: MappingContext, model: Types, param: string): Explanation {
  return explain(mapping, context, { param, steps: 0, model }, false).explanation;
}

interface ExplanationRun extends MappingRun {
  readonly model: Types;
}

/** An explanation, with the raw value, which may be secret. */
interface Explained {
  readonly explanation: Explanation;
  readonly raw: Json | undefined;
  readonly secret: boolean;
}

/** @param hidden whether the context is an element of a secret list */
function explain(mapping: Mapping, context: MappingContext, run: ExplanationRun, hidden: boolean): Explained {
  countStep(run);
  switch (mapping.kind) {
    case 'constant':
      return open({ kind: 'constant', value: mapping.value });
    case 'version':
      return open({ kind: 'version', value: context.version });
    case 'nested':
    case 'field':
    case 'output':
      return explainPath(mapping, context, run, hidden);
    case 'concatenate':
      return explainConcatenate(
        mapping.parts.map((part) => explain(part, context, run, hidden)),
        run,
      );
    case 'if':
      return explainBranch(mapping, context, run, hidden);
    case 'forEach':
      return explainForEach(mapping, context, run, hidden);
  }
}

function explainPath(
  mapping: FieldMapping | NestedMapping | OutputMapping,
  context: MappingContext,
  run: ExplanationRun,
  hidden: boolean,
): Explained {
  const path = mapping.kind === 'nested' ? [] : mapping.path;
  const end = walk(path, context, run, (name, at) => unlessMissing(() => relationName(name, at, run)));
  const { hops } = end;
  const keys = keysOf(mapping);
  if (end.kind === 'broken') {
    const value = mapping.kind !== 'nested' && mapping.ignoreMissing ? '' : undefined;
    return open({ kind: 'missing', value, wanted: keys.join('.'), hops, broken: end.broken });
  }
  if (mapping.kind === 'output') {
    return open({ kind: 'output', value: undefined, outputKey: mapping.outputKey, of: end.at, hops });
  }
  const raw = readNested(end.body, keys);
  const secret = (hidden && path.length === 0) || isSecretMapping(mapping, run.model, context.type);
  return { explanation: { kind: 'field', value: printable(raw, secret), keys, of: end.at, hops }, raw, secret };
}

function keysOf(mapping: FieldMapping | NestedMapping | OutputMapping): readonly string[] {
  switch (mapping.kind) {
    case 'nested':
      return mapping.keys;
    case 'field':
      return [mapping.field];
    case 'output':
      return [mapping.outputKey];
  }
}

function explainConcatenate(parts: readonly Explained[], run: ExplanationRun): Explained {
  const values = finalValues(parts);
  const raw = values === undefined ? undefined : joined(values, run);
  const secret = parts.some((part) => part.secret);
  return {
    explanation: { kind: 'concatenate', value: printable(raw, secret), parts: parts.map(explanationOf) },
    raw,
    secret,
  };
}

function explainBranch(
  { condition, whenTrue, whenFalse }: ConditionalMapping,
  context: MappingContext,
  run: ExplanationRun,
  hidden: boolean,
): Explained {
  const operands = operandsOf(condition).map((operand) => explain(operand, context, run, hidden));
  const pattern = condition.kind === 'regexp' ? condition.pattern.source : null;
  const decided = { kind: 'if', pattern, operands: operands.map(explanationOf) } as const;
  const values = finalValues(operands);
  if (values === undefined) return open({ ...decided, value: undefined, branch: null, taken: null });
  const met = holds(condition, values, run);
  const taken = explain(met ? whenTrue : whenFalse, context, run, hidden);
  const { value } = taken.explanation;
  return { ...taken, explanation: { ...decided, value, branch: met ? 'then' : 'else', taken: taken.explanation } };
}

function explainForEach(
  mapping: ForEachMapping,
  context: MappingContext,
  run: ExplanationRun,
  hidden: boolean,
): Explained {
  const list = explain(mapping.list, context, run, hidden);
  const contexts = list.raw === undefined ? [] : elementsOf(list.raw, context, run);
  const elements = contexts.map((element) => explain(mapping.each, element, run, list.secret));
  const raw = list.raw === undefined ? undefined : finalValues(elements);
  const secret = elements.some((element) => element.secret);
  // If only some elements are secret, only these are masked.
  const value = raw === undefined ? undefined : elements.map(({ explanation }) => explanation.value ?? null);
  return {
    explanation: { kind: 'forEach', value, list: list.explanation, elements: elements.map(explanationOf) },
    raw,
    secret,
  };
}

function explanationOf({ explanation }: Explained): Explanation {
  return explanation;
}

/** Returns an explanation that holds no secret of its own. */
function open(explanation: Explanation): Explained {
  return { explanation, raw: explanation.value, secret: false };
}

function printable<Value extends Json | undefined>(raw: Value, secret: boolean): Value | string {
  return secret && raw !== undefined && raw !== null ? MASK : raw;
}

/** The values of all parts, or undefined if one of them isn't final. */
function finalValues(parts: readonly Explained[]): readonly Json[] | undefined {
  const values = parts.flatMap(({ raw }) => (raw === undefined ? [] : [raw]));
  return values.length === parts.length ? values : undefined;
}
