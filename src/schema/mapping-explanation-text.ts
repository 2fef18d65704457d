import { type Json, limits, MASK } from '../kernel/index.ts';
import type { ResourceReference } from './mapping.ts';
import type { BranchExplanation, Explanation, MissingExplanation } from './mapping-explanation.ts';
import type { Hop } from './mapping-walk.ts';

/**
 * An explanation in a line: `'10.0.0.1' = ip of edge_router:er1 (primary_router_id of ha_router:ha1)`. It is cut after
 * `limits.explanationLength` characters.
 */
export function explanationText(explanation: Explanation): string {
  const text = textOf(explanation);
  return text.length <= limits.explanationLength ? text : `${text.slice(0, limits.explanationLength)}…`;
}

function textOf(explanation: Explanation): string {
  switch (explanation.kind) {
    case 'constant':
      return `${valueText(explanation.value)}, a constant`;
    case 'missing':
      return missingText(explanation);
    case 'if':
      return branchText(explanation);
    case 'version':
    case 'field':
    case 'output':
    case 'concatenate':
    case 'forEach':
      return explanation.value === undefined
        ? sourceText(explanation)
        : `${valueText(explanation.value)} = ${sourceText(explanation)}`;
  }
}

/** The source of a value, without the value. */
function sourceText(explanation: Explanation): string {
  switch (explanation.kind) {
    case 'version':
      return 'the version';
    case 'field':
      return reached(`${explanation.keys.join('.') || 'the value'} of ${nameOf(explanation.of)}`, explanation.hops);
    case 'output':
      return reached(`output ${valueText(explanation.outputKey)} of ${nameOf(explanation.of)}`, explanation.hops);
    case 'concatenate':
      return explanation.parts.map(operandText).join(' + ');
    case 'forEach':
      return `[${explanation.elements.map(operandText).join(', ')}] for each of ${sourceText(explanation.list)}`;
    case 'constant':
    case 'missing':
    case 'if':
      return textOf(explanation);
  }
}

/** A part of a larger value: its source, followed by the value itself. */
function operandText(explanation: Explanation): string {
  switch (explanation.kind) {
    case 'constant':
      return valueText(explanation.value);
    case 'missing':
    case 'if':
      return `(${textOf(explanation)})`;
    case 'version':
    case 'field':
    case 'output':
    case 'concatenate':
    case 'forEach':
      return explanation.value === undefined
        ? sourceText(explanation)
        : `${sourceText(explanation)} (${valueText(explanation.value)})`;
  }
}

function missingText({ value, wanted, hops, broken }: MissingExplanation): string {
  const reason = brokenText(broken, hops);
  return value === undefined ? `missing: ${wanted}; ${reason}` : `'' for ${wanted}, since ${reason}`;
}

function brokenText(broken: Hop, hops: readonly Hop[]): string {
  const { field, from, to } = broken;
  if (to.resource_type === '') return reached(`a relation of ${nameOf(from)} has a name that is missing`, hops);
  if (to.resource_id === '') return reached(`${field || 'the value'} of ${nameOf(from)} is empty`, hops);
  return reached(`there is no ${nameOf(to)}`, [...hops, broken]);
}

function branchText({ branch, pattern, operands, taken }: BranchExplanation): string {
  const [first, ...others] = operands.map(operandText);
  if (taken === null) return `undecided: ${[first, ...others].join('; ')}`;
  const met = branch === 'then';
  const relation =
    pattern === null
      ? `${met ? 'equals' : 'differs from'} ${others.join(met ? ' and ' : ' or ')}`
      : `${met ? 'matches' : 'does not match'} /${pattern}/`;
  return `${textOf(taken)}; '${branch}' branch because ${first} ${relation}`;
}

/** The path to a resource, the last hop first. */
function reached(what: string, hops: readonly Hop[]): string {
  const way = hops.map(({ field, from }) => `${field || 'the value'} of ${nameOf(from)}`).reverse();
  return way.length === 0 ? what : `${what} (${way.join(', ')})`;
}

function nameOf({ resource_type: type, resource_id: id }: ResourceReference): string {
  return type === '' ? 'the element' : `${type}:${id}`;
}

function valueText(value: Json): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  return value === MASK ? value : `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"')}'`;
}
