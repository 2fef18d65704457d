import type { Json, JsonObject } from '../kernel/index.ts';
import type { ConcatenateMapping, MappingContext, ResourceReference, Step } from './mapping.ts';
import { countStep, type MappingRun, misfit, read, textOf } from './mapping-run.ts';

/** One hop of a walk: the field of a resource that led to another one. */
export interface Hop {
  /** The relation, or the field that holds the id; '' for an element that is itself the id. */
  readonly field: string;
  /** The resource of the field. The type '' means an element of a list. */
  readonly from: ResourceReference;
  readonly to: ResourceReference;
}

/** The end of a path: a resource, or a hop that leads to none. */
export type Walk =
  | {
      readonly kind: 'arrived';
      readonly body: JsonObject;
      readonly at: ResourceReference;
      readonly hops: readonly Hop[];
    }
  | { readonly kind: 'broken'; readonly hops: readonly Hop[]; readonly broken: Hop };

/** Finds the name of a computed relation. null if a missing resource keeps it unknown. */
type NameOf = (name: ConcatenateMapping, context: MappingContext) => string | null;

/** Follows the hops of a path. @throws MAPPING_INVALID if a hop doesn't fit the resource that it starts from */
export function walk(path: readonly Step[], context: MappingContext, run: MappingRun, nameOf: NameOf): Walk {
  const hops: Hop[] = [];
  let { type, body } = context;
  let at: ResourceReference = { resource_type: type, resource_id: idOf(body) };
  for (const step of path) {
    countStep(run);
    const hop = hopOf(step, at, { ...context, type, body }, run, nameOf);
    const found = hop.to.resource_id === '' ? undefined : context.lookup(hop.to.resource_type, hop.to.resource_id);
    if (found === undefined) return { kind: 'broken', hops, broken: hop };
    hops.push(hop);
    at = hop.to;
    type = at.resource_type;
    body = found;
  }
  return { kind: 'arrived', body, at, hops };
}

/** The resources that the hops led to, in order. */
export function visited(hops: readonly Hop[]): readonly ResourceReference[] {
  return hops.map((hop) => hop.to);
}

function hopOf(step: Step, from: ResourceReference, context: MappingContext, run: MappingRun, nameOf: NameOf): Hop {
  if (step.kind === 'typed') return hop(step.field, from, step.type, read(context.body, step.field), run);
  const field = step.kind === 'relation' ? step.field : nameOf(step.name, context);
  if (field === null) return hop('', from, '', null, run);
  const type = context.relationOf(context.type, field);
  if (type === null) {
    const owner = context.type === '' ? 'an element of a list' : context.type;
    throw misfit(run, step.kind === 'relation' ? `${owner} has no relation ${field}` : `${owner} has no such relation`);
  }
  return hop(field, from, type, read(context.body, field), run);
}

function hop(field: string, from: ResourceReference, type: string, id: Json, run: MappingRun): Hop {
  return { field, from, to: { resource_type: type, resource_id: textOf(id, run) } };
}

function idOf(body: JsonObject): string {
  const id = read(body, 'id');
  return typeof id === 'object' ? '' : String(id);
}
