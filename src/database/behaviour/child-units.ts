import { type Json, type JsonObject, jsonEqual } from '../../kernel/json.ts';
import type { Child } from '../../model/behaviour/behaviour.ts';
import type { Value } from '../../model/behaviour/value.ts';
import { holdsFor } from '../../model/behaviour/value-evaluator.ts';
import { isGenerated } from '../../model/behaviour/value-visits.ts';
import { withDefaults } from '../../model/defaults.ts';
import type { ResourceType } from '../../model/model.ts';
import { newId } from '../../model/new-id.ts';
import { type Operation, typeOf } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import type { Unit } from '../sql.ts';
import { storeRow } from '../store-row.ts';
import { childrenOf, disown, type MadeChild, noteChild, type ResourceRef } from './child-ledger.ts';
import { evaluatedAll } from './ensure-units.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** A resource whose children are settled: what it is, and what it was; null where it is new. */
interface Top {
  readonly now: Subject;
  readonly before: Subject | null;
  /** Names of children that there are by now → ids. */
  readonly names: Map<string, string>;
}

/**
 * Makes the children of a resource what its schema says: makes those that are to be there, deletes those that aren't,
 * and changes those whose values follow from what changed. Returns the properties of the resource that link to them.
 */
export function* settleChildren(
  operation: Operation,
  type: ResourceType,
  now: Subject & { readonly id: string },
  before: Subject | null,
): Unit<JsonObject> {
  const { children } = type.behaviour;
  if (children.length === 0) return {};
  return yield* settleFamily(operation, children, { type: type.id, id: now.id }, { now, before, names: new Map() });
}

function* settleFamily(
  operation: Operation,
  children: readonly Child[],
  parent: ResourceRef,
  top: Top,
): Unit<JsonObject> {
  const links: Record<string, Json> = {};
  // A new resource has none yet.
  const made = top.before === null ? [] : yield* childrenOf(parent);
  for (const child of children) {
    const existing = made.find(({ name }) => name === child.name) ?? null;
    const settled = yield* settleChild(operation, child, parent, existing, top);
    if (settled !== null) {
      top.names.set(child.name, settled.id);
      const inner = yield* settleFamily(operation, child.children, settled, top);
      yield* storeRow(typeOf(operation, child.type), settled.id, inner);
    }
    if (child.link !== null && settled?.id !== existing?.id) links[child.link] = settled?.id ?? null;
  }
  return links;
}

function* settleChild(
  operation: Operation,
  child: Child,
  parent: ResourceRef,
  existing: MadeChild | null,
  top: Top,
): Unit<ResourceRef | null> {
  const { when } = child;
  const place = `${top.now.type}, child ${child.name}`;
  const wanted =
    when === null || (yield* evaluated(operation, seen(top.now, top), (context) => holdsFor(when, context, place)));
  if (existing === null) return wanted ? yield* makeChild(operation, child, parent, top, place) : null;
  if (wanted) {
    yield* followChild(operation, child, existing, top, place);
    return existing;
  }
  const row = yield* lockResource(operation, existing.type, existing.id);
  yield* disown(existing);
  if (row !== null) yield* operation.writes.remove(operation, typeOf(operation, existing.type), row, new Set());
  return null;
}

/** The resource at the top, with the names of the children that there are. */
function seen(subject: Subject, { names }: Top): Subject {
  return { ...subject, body: { ...subject.body, ...Object.fromEntries(names) } };
}

function* makeChild(
  operation: Operation,
  child: Child,
  parent: ResourceRef,
  top: Top,
  place: string,
): Unit<ResourceRef> {
  const type = typeOf(operation, child.type);
  const values = yield* evaluated(operation, seen(top.now, top), (context) =>
    evaluatedAll(child.properties, context, place),
  );
  const id = newId(operation.runtime, type);
  const explicit = new Set(Object.keys(values));
  // null stands for no value, whatever the default.
  const entries = Object.entries(withDefaults(type, values)).filter(([, value]) => value !== null);
  const made = { type: type.id, id };
  yield* noteChild(parent, child.name, made);
  yield* operation.writes.create(operation, type, id, Object.fromEntries(entries), explicit);
  return made;
}

/** Gives a child the values that follow from what changed at the top. */
function* followChild(operation: Operation, child: Child, existing: ResourceRef, top: Top, place: string): Unit<void> {
  if (top.before === null) return;
  const lasting = new Map([...child.properties].filter(([, value]: [string, Value]) => !isGenerated(value)));
  const before = yield* evaluated(operation, seen(top.before, top), (context) => evaluatedAll(lasting, context, place));
  const now = yield* evaluated(operation, seen(top.now, top), (context) => evaluatedAll(lasting, context, place));
  const patch = Object.fromEntries(Object.entries(now).filter(([name, value]) => !jsonEqual(value, before[name])));
  if (Object.keys(patch).length === 0) return;
  const row = yield* lockResource(operation, existing.type, existing.id);
  if (row === null || row.markedForDeletion) return;
  yield* operation.writes.change(operation, typeOf(operation, existing.type), row, patch, new Set());
}
