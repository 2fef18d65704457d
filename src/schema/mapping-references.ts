import type { FieldMapping, Mapping, MappingContext, OutputMapping, ResourceReference } from './mapping.ts';
import { evaluate, isMet, ownReference, relationName } from './mapping-evaluator.ts';
import { countStep, elementsOf, type MappingRun, unlessMissing } from './mapping-run.ts';
import { visited, walk } from './mapping-walk.ts';

/**
 * The resources that evaluating a mapping records: the same, in the same order, with the same duplicates. It goes on
 * where evaluating would end because a resource is missing: a path gives the resources up to there; of a condition that
 * can't be decided both branches count, since who waits for too many waits safely; a list that can't be read has no
 * elements. What is missing and to be ignored records nothing, as in evaluating.
 * @throws MAPPING_INVALID where the mapping doesn't fit the resource, or would take too many steps
 */
export function collectReferences(
  mapping: Mapping,
  context: MappingContext,
  param: string,
): readonly ResourceReference[] {
  return collect(mapping, context, { param, steps: 0 });
}

function collect(mapping: Mapping, context: MappingContext, run: MappingRun): readonly ResourceReference[] {
  countStep(run);
  switch (mapping.kind) {
    case 'constant':
    case 'version':
    case 'nested':
      return [];
    case 'field':
      return mapping.path.length === 0 ? ownReference(mapping, context) : alongPath(mapping, context, run);
    case 'output':
      return alongPath(mapping, context, run);
    case 'concatenate':
      return mapping.parts.flatMap((part) => collect(part, context, run));
    case 'if': {
      const { condition, whenTrue, whenFalse } = mapping;
      const met = unlessMissing(() => isMet(condition, context, run));
      const branches = met === null ? [whenTrue, whenFalse] : [met ? whenTrue : whenFalse];
      return branches.flatMap((branch) => collect(branch, context, run));
    }
    case 'forEach': {
      const list = unlessMissing(() => evaluate(mapping.list, context, run));
      if (list === null) return collect(mapping.list, context, run);
      const elements = elementsOf(list.value, context, run);
      return [...list.resources, ...elements.flatMap((element) => collect(mapping.each, element, run))];
    }
  }
}

function alongPath(
  mapping: FieldMapping | OutputMapping,
  context: MappingContext,
  run: MappingRun,
): readonly ResourceReference[] {
  const end = walk(mapping.path, context, run, (name, at) => unlessMissing(() => relationName(name, at, run)));
  return end.kind === 'broken' && mapping.ignoreMissing ? [] : visited(end.hops);
}
