import { didYouMean } from '../../kernel/index.ts';
import { endOfPath, type Types } from '../mapping-checks.ts';
import type { Property, ResourceType } from '../model.ts';
import type { Allocation, Behaviour, Child, Ensured, FollowUp, PoolAllocation, RelatedUpdate } from './behaviour.ts';
import type { Condition, Value } from './value.ts';
import { checkCondition, checkValue } from './value-checks.ts';
import { leakOf } from './value-secrets.ts';

/** Receives a fault. The pointer is relative to the schema. */
type Report = (pointer: string, reason: string) => void;

/** Reports the parts of a type's behaviour that don't fit the model. */
export function checkBehaviour(type: ResourceType, model: Types, report: Report): void {
  new Checker(type, model, report).check();
}

class Checker {
  readonly #type: ResourceType;
  readonly #model: Types;
  readonly #report: Report;

  constructor(type: ResourceType, model: Types, report: Report) {
    this.#type = type;
    this.#model = model;
    this.#report = report;
  }

  check(): void {
    const { ensures, allocations, children, updates, followUps, requires } = this.#type.behaviour;
    for (const part of ensures) this.#ensured(part, `/behaviour/ensures/${part.name}`);
    this.#ownNumbers(this.#type.behaviour);
    for (const part of allocations) this.#allocation(part, `/behaviour/takes/${part.name}`);
    const names = new Map<string, string>();
    for (const part of children) this.#child(part, this.#type, names, `/behaviour/children/${part.name}`);
    for (const part of updates) this.#update(part, `/behaviour/updates/${part.name}`);
    for (const { name, that } of requires) this.#condition(that, this.#type, `/behaviour/requires/${name}/that`);
    for (const part of followUps) this.#followUp(part, `/behaviour/passes/${part.name}`);
  }

  #ensured(part: Ensured, at: string): void {
    const target = this.#target(part.type, `${at}/type`);
    this.#value(part.id, this.#type, `${at}/id`);
    this.#values(part.properties, target, this.#type, `${at}/properties`);
  }

  #ownNumbers({ pools, counters }: Behaviour): void {
    for (const { name, first, last, reserved, offers, withheld, bitmap, free } of pools.values()) {
      const at = `/behaviour/pools/${name}`;
      this.#value(first, this.#type, `${at}/first`);
      this.#value(last, this.#type, `${at}/last`);
      if (reserved !== null) this.#value(reserved, this.#type, `${at}/reserved`);
      if (offers !== null) this.#value(offers, this.#type, `${at}/offers`);
      if (withheld !== null) this.#value(withheld, this.#type, `${at}/withheld`);
      if (bitmap !== null) this.#checkContents(bitmap.property, 'string', `${at}/bitmap`);
      if (free !== null) this.#checkContents(free, 'integer', `${at}/free`);
    }
    for (const { property, capacity } of counters.values()) {
      const at = `/behaviour/counters/${property}`;
      this.#checkContents(property, 'integer', at);
      if (capacity !== null) this.#value(capacity, this.#type, `${at}/capacity`);
    }
  }

  /** Checks a property that shows what the server counts: no other part of the type writes it. */
  #checkContents(name: string, kind: Property['kind'], at: string): void {
    const property = this.#property(name, this.#type, at);
    if (property === undefined) return;
    if (property.kind !== kind) this.#report(at, `${name} has to be of type ${kind}`);
    if (property.creatable || property.updatable) this.#report(at, `${name} must not be for clients to set`);
    if (property.initial !== null) this.#report(at, `${name} has an initial value, too`);
  }

  #allocation(part: Allocation, at: string): void {
    const target = this.#target(part.type, `${at}/type`);
    if (part.kind === 'counter') {
      this.#value(part.from, this.#type, `${at}/from`);
      this.#value(part.amount, this.#type, `${at}/amount`);
      this.#known(part.counter, target?.behaviour.counters, `${part.type} has no counter`, `${at}/counter`);
    } else this.#poolTake(part, target, at);
    if (part.when !== null) this.#condition(part.when, this.#type, `${at}/when`);
  }

  #poolTake(part: PoolAllocation, target: ResourceType | undefined, at: string): void {
    this.#known(part.pool, target?.behaviour.pools, `${part.type} has no pool`, `${at}/pool`);
    if (part.each !== null) {
      const list = this.#property(part.each, this.#type, `${at}/each`);
      if (list !== undefined && list.kind !== 'array') this.#report(`${at}/each`, `${part.each} is not a list`);
      if (part.owner !== null) this.#report(`${at}/owner`, 'does not go with each: the element names whose it is');
      return;
    }
    this.#value(part.from, this.#type, `${at}/from`);
    this.#property(part.into, this.#type, `${at}/into`);
    if (part.owner !== null) this.#property(part.owner, this.#type, `${at}/owner`);
  }

  /** Checks a child. `names` holds the children so far: their names represent their ids. */
  #child(part: Child, parent: ResourceType, names: Map<string, string>, at: string): void {
    const target = this.#target(part.type, `${at}/type`);
    const extended = withNames(this.#type, names);
    if (part.when !== null) this.#condition(part.when, extended, `${at}/when`);
    if (names.has(part.name)) this.#report(at, `there is a child ${part.name} already`);
    this.#values(part.properties, target, extended, `${at}/properties`);
    if (part.link !== null) this.#property(part.link, parent, `${at}/link`);
    names.set(part.name, part.type);
    for (const inner of part.children) {
      if (target?.behaviour.children.some(({ name }) => name === inner.name)) {
        this.#report(`${at}/children/${inner.name}`, `${part.type} has a child ${inner.name} of its own`);
      }
    }
    for (const inner of part.children) {
      if (target !== undefined) this.#child(inner, target, names, `${at}/children/${inner.name}`);
    }
  }

  #update(part: RelatedUpdate, at: string): void {
    const target = endOfPath(part.path, this.#model, this.#type) ?? undefined;
    if (part.path.length === 0) this.#report(`${at}/path`, 'a path to another resource is needed');
    const path: Value = {
      kind: 'mapping',
      mapping: { kind: 'field', field: 'id', path: part.path, ignoreMissing: true, recordsRelation: false },
    };
    for (const fault of checkValue(path, this.#model, this.#type)) this.#report(at + fault.pointer, fault.reason);
    this.#values(part.set, target, this.#type, `${at}/set`);
    this.#values(part.onDelete, target, this.#type, `${at}/on_delete`);
    part.keep.forEach((name, i) => {
      if (target !== undefined) this.#property(name, target, `${at}/keep/${i}`);
    });
    if (part.when !== null) this.#condition(part.when, this.#type, `${at}/when`);
  }

  #followUp(part: FollowUp, at: string): void {
    if (!this.#type.versioned) this.#report(at, 'a pass needs state_versioning');
    this.#condition(part.when, this.#type, `${at}/when`);
    this.#values(part.set, this.#type, this.#type, `${at}/set`);
    for (const { type, field } of part.watches) {
      const property = this.#type.property.get(field);
      if (property === undefined || isLookedUp(property)) continue;
      this.#report(`${at}/when`, `${field} leads to a ${type}: it has to be a relation, unique or indexed`);
    }
  }

  #target(id: string, at: string): ResourceType | undefined {
    const target = this.#model.types.get(id);
    if (target === undefined)
      this.#report(at, `there is no type ${id}${didYouMean(id, [...this.#model.types.keys()])}`);
    else if (!target.routed) this.#report(at, `${id} has no resources`);
    return target;
  }

  #known(name: string, known: ReadonlyMap<string, unknown> | undefined, reason: string, at: string): void {
    if (known !== undefined && !known.has(name)) {
      this.#report(at, `${reason} ${name}${didYouMean(name, [...known.keys()])}`);
    }
  }

  #property(name: string, type: ResourceType, at: string): Property | undefined {
    const property = type.property.get(name);
    if (property === undefined) {
      this.#report(at, `${type.id} has no property ${name}${didYouMean(name, [...type.property.keys()])}`);
    }
    return property;
  }

  /** Checks values for properties of `target`, evaluated on `from`. */
  #values(values: ReadonlyMap<string, Value>, target: ResourceType | undefined, from: ResourceType, at: string): void {
    for (const [name, value] of values) {
      const into = target === undefined ? undefined : this.#property(name, target, `${at}/${name}`);
      this.#value(value, from, `${at}/${name}`);
      const leak = into === undefined ? null : leakOf(value, this.#model, from, into);
      if (leak !== null) this.#report(`${at}/${name}`, leak);
    }
  }

  #value(value: Value, from: ResourceType, at: string): void {
    for (const fault of checkValue(value, this.#model, from)) this.#report(at + fault.pointer, fault.reason);
  }

  #condition(condition: Condition, from: ResourceType, at: string): void {
    for (const fault of checkCondition(condition, this.#model, from)) this.#report(at + fault.pointer, fault.reason);
  }
}

/** Whether rows can be found by the property without scanning all of them. */
export function isLookedUp({ name, relation, unique, indexed }: Property): boolean {
  return name === 'id' || relation !== null || unique || indexed;
}

/** The type with the names of children beside its properties. */
function withNames(type: ResourceType, names: ReadonlyMap<string, string>): ResourceType {
  if (names.size === 0) return type;
  const id = type.property.get('id');
  if (id === undefined) return type;
  const extra = [...names.keys()].map((name) => [name, { ...id, name }] as const);
  return { ...type, property: new Map([...type.property, ...extra]) };
}
