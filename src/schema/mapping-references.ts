import type { FieldMapping, Mapping, MappingContext, OutputMapping, ResourceReference } from './mapping.ts';
import { evaluate, isMet, ownReference, relationName } from './mapping-evaluator.ts';
import { countStep, elementsOf, type MappingRun, unlessMissing } from './mapping-run.ts';
import { visited, walk } from './mapping-walk.ts';

/**
 * Returns the resources that evaluating a mapping records: the same, in the same order, with the same duplicates. It
 * continues if a resource is missing, although evaluating would end there: a path yields the resources up to that
 * point; an undecided condition yields those of both branches, since waiting for too many resources is safe; an
 * unreadable list has no elements. A missing resource that is to be ignored is not recorded, as in evaluating.
 * @throws MAPPING_INVALID if the mapping doesn't fit the resource, or would take too many steps
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
