import { type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import {
  type Child,
  holdsFor,
  isGenerated,
  newId,
  type ResourceType,
  type Value,
  withDefaults,
} from '../../schema/index.ts';
import { type Operation, typeOf } from '../context.ts';
import { lockResource } from '../resource-reads.ts';
import type { TransactionFunction } from '../sql.ts';
import { storeRow } from '../store-row.ts';
import { childrenOf, disown, type MadeChild, noteChild, type ResourceRef } from './child-ledger.ts';
import { evaluatedAll } from './ensure-transactions.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** A resource whose children are settled: its current and its previous state. `before` is null for a new one. */
interface Top {
  readonly now: Subject;
  readonly before: Subject | null;
  /** Names of children → ids: the children that exist now, and those that existed before. */
  readonly names: Map<string, string>;
  readonly namesBefore: Map<string, string>;
  /** The children to delete. They are deleted last: other children may refer to them until then. */
  readonly leaving: ResourceRef[];
}

/**
 * Brings the children of a resource to what its schema declares: makes missing ones, deletes surplus ones, and changes
 * those whose values depend on a changed value. Returns the properties of the resource that link to them.
 */
export function* settleChildren(
  operation: Operation,
  type: ResourceType,
  now: Subject & { readonly id: string },
  before: Subject | null,
): TransactionFunction<JsonObject> {
  const { children } = type.behaviour;
  if (children.length === 0) return {};
  const top: Top = { now, before, names: new Map(), namesBefore: new Map(), leaving: [] };
  const parent = { type: type.id, id: now.id };
  const links = yield* settleFamily(operation, children, parent, top);
  // Before the deletions: the old links still refer to the deleted children.
  yield* storeRow(type, now.id, links);
  const deletionSet = new Set(top.leaving.map((child) => `${child.type}:${child.id}`));
  for (const child of top.leaving) {
    const row = yield* lockResource(operation, child.type, child.id);
    if (row !== null) yield* operation.writes.remove(operation, typeOf(operation, child.type), row, deletionSet);
  }
  return links;
}

function* settleFamily(
  operation: Operation,
  children: readonly Child[],
  parent: ResourceRef,
  top: Top,
): TransactionFunction<JsonObject> {
  const links: Record<string, Json> = {};
  // A new resource has no children yet.
  const made = top.before === null ? [] : yield* childrenOf(parent);
  for (const child of children) {
    const existing = made.find(({ name }) => name === child.name) ?? null;
    if (existing !== null) top.namesBefore.set(child.name, existing.id);
    const settled = yield* settleChild(operation, child, parent, existing, top);
    if (settled !== null) {
      top.names.set(child.name, settled.id);
      const inner = yield* settleFamily(operation, child.children, settled, top);
      yield* storeRow(typeOf(operation, child.type), settled.id, inner);
    }
    if (settled === null && existing !== null) yield* nameDescendants(existing, top);
    if (child.link !== null && settled?.id !== existing?.id) links[child.link] = settled?.id ?? null;
  }
  return links;
}

/** Records the names of the children that are deleted along with their parent. */
function* nameDescendants(leaving: ResourceRef, top: Top): TransactionFunction<void> {
  for (const child of yield* childrenOf(leaving)) {
    top.namesBefore.set(child.name, child.id);
    yield* nameDescendants(child, top);
  }
}

function* settleChild(
  operation: Operation,
  child: Child,
  parent: ResourceRef,
  existing: MadeChild | null,
  top: Top,
): TransactionFunction<ResourceRef | null> {
  const { when } = child;
  const place = `${top.now.type}, child ${child.name}`;
  const wanted =
    when === null ||
    (yield* evaluated(operation, withNames(top.now, top.names), (context) => holdsFor(when, context, place)));
  if (existing === null) return wanted ? yield* makeChild(operation, child, parent, top, place) : null;
  if (wanted) {
    yield* followChild(operation, child, existing, top, place);
    return existing;
  }
  top.leaving.push(existing);
  yield* disown(existing);
  return null;
}

/** Returns the top resource, with the names of its children as properties. */
function withNames(subject: Subject, names: ReadonlyMap<string, string>): Subject {
  return { ...subject, body: { ...subject.body, ...Object.fromEntries(names) } };
}

function* makeChild(
  operation: Operation,
  child: Child,
  parent: ResourceRef,
  top: Top,
  place: string,
): TransactionFunction<ResourceRef> {
  const type = typeOf(operation, child.type);
  const values = yield* evaluated(operation, withNames(top.now, top.names), (context) =>
    evaluatedAll(child.properties, context, place),
  );
  const id = newId(operation.runtime, type);
  const explicit = new Set(Object.keys(values));
  // null means no value, whatever the default.
  const entries = Object.entries(withDefaults(type, values)).filter(([, value]) => value !== null);
  const made = { type: type.id, id };
  yield* noteChild(parent, child.name, made);
  yield* operation.writes.create(operation, type, id, Object.fromEntries(entries), explicit);
  return made;
}

/** Gives a child the values that follow from changes of the top resource. */
function* followChild(
  operation: Operation,
  child: Child,
  existing: ResourceRef,
  top: Top,
  place: string,
): TransactionFunction<void> {
  if (top.before === null) return;
  const lasting = new Map([...child.properties].filter(([, value]: [string, Value]) => !isGenerated(value)));
  const { before: was, now: is, names, namesBefore } = top;
  const before = yield* evaluated(operation, withNames(was, namesBefore), (context) =>
    evaluatedAll(lasting, context, place),
  );
  const now = yield* evaluated(operation, withNames(is, names), (context) => evaluatedAll(lasting, context, place));
  const patch = Object.fromEntries(Object.entries(now).filter(([name, value]) => !jsonEqual(value, before[name])));
  if (Object.keys(patch).length === 0) return;
  const row = yield* lockResource(operation, existing.type, existing.id);
  if (row === null || row.markedForDeletion) return;
  yield* operation.writes.change(operation, typeOf(operation, existing.type), row, patch, new Set());
}
