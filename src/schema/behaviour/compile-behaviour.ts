import { isJsonObject, isKamadoError, type Json, type JsonObject } from '../../kernel/index.ts';
import { parseMapping } from '../mapping-parser.ts';
import type { Property } from '../model.ts';
import type {
  Allocation,
  Behaviour,
  Child,
  Counter,
  CounterAllocation,
  Ensured,
  FollowUp,
  NumberForm,
  Pool,
  PoolAllocation,
  RelatedUpdate,
  Requirement,
} from './behaviour.ts';
import { noBehaviour } from './behaviour.ts';
import { computeOrder } from './compute-order.ts';
import type { Condition, Value } from './value.ts';
import { parseCondition, parseValue } from './value-parser.ts';
import { watchedBy } from './value-visits.ts';

/** Receives a fault. The pointer is relative to the section. */
export type BehaviourFault = (pointer: string, reason: string) => void;

/** The type that a section is compiled for. */
export interface BehaviourOwner {
  readonly id: string;
  readonly property: ReadonlyMap<string, Property>;
}

/**
 * Compiles the section `behaviour` of a schema, whose structure was checked before. References to other types are
 * checked when all types are known.
 */
export function compileBehaviour(source: Json | undefined, owner: BehaviourOwner, fault: BehaviourFault): Behaviour {
  if (!isJsonObject(source) && ![...owner.property.values()].some(({ initial }) => initial !== null)) {
    return noBehaviour;
  }
  return new Compiler(isJsonObject(source) ? source : {}, owner, fault).compile();
}

const zero: Value = { kind: 'mapping', mapping: Object.freeze({ kind: 'constant', value: 0 }) };
const one: Value = { kind: 'mapping', mapping: Object.freeze({ kind: 'constant', value: 1 }) };

class Compiler {
  readonly #source: JsonObject;
  readonly #owner: BehaviourOwner;
  readonly #fault: BehaviourFault;

  constructor(source: JsonObject, owner: BehaviourOwner, fault: BehaviourFault) {
    this.#source = source;
    this.#owner = owner;
    this.#fault = fault;
  }

  compile(): Behaviour {
    const allocations = this.#parts('takes', (name, part, at) => this.#allocation(name, part, at));
    const pools = this.#parts('pools', (name, part, at) => this.#pool(name, part, at));
    const counters = this.#parts('counters', (name, part, at) => this.#counter(name, part, at));
    const { property } = this.#owner;
    const initial = [...property.values()].flatMap(({ name, initial: value }) =>
      value === null ? [] : [{ kind: 'initial', property: name, value } as const],
    );
    const taken = allocations.flatMap((allocation) =>
      allocation.kind === 'pool' ? [{ kind: 'take', allocation } as const] : [],
    );
    return {
      ensures: this.#parts('ensures', (name, part, at) => this.#ensured(name, part, at)),
      pools: new Map(pools.map((pool) => [pool.name, pool])),
      counters: new Map(counters.map((counter) => [counter.property, counter])),
      allocations,
      children: this.#parts('children', (name, part, at) => this.#child(name, part, at)),
      updates: this.#parts('updates', (name, part, at) => this.#update(name, part, at)),
      followUps: this.#parts('passes', (name, part, at) => this.#followUp(name, part, at)),
      requires: this.#parts('requires', (name, part, at) => this.#requirement(name, part, at)),
      steps: computeOrder([...initial, ...taken], (reason) => this.#fault('', reason)),
    };
  }

  #parts<Part>(section: string, make: (name: string, part: JsonObject, at: string) => Part): readonly Part[] {
    return partsOf(this.#source[section]).map(([name, part]) => make(name, part, `/${section}/${name}`));
  }

  #ensured(name: string, part: JsonObject, at: string): Ensured {
    const { id = null } = part;
    return { name, type: String(part.type), id: this.#value(id, `${at}/id`), properties: this.#values(part, at) };
  }

  #pool(name: string, part: JsonObject, at: string): Pool {
    const { bitmap, free } = part;
    return {
      name,
      first: this.#bound(part.first, `${at}/first`),
      last: this.#bound(part.last, `${at}/last`),
      reserved: part.reserved === undefined ? null : this.#value(part.reserved, `${at}/reserved`),
      offers: part.offers === undefined ? null : this.#value(part.offers, `${at}/offers`),
      withheld: part.withheld === undefined ? null : this.#value(part.withheld, `${at}/withheld`),
      bitmap: typeof bitmap === 'string' ? { property: bitmap, bits: bitsOf(part.bits) } : null,
      free: typeof free === 'string' ? free : null,
      newVersion: part.new_version === true,
    };
  }

  /** Returns a bound: a number or an address is a constant. */
  #bound(source: Json | undefined, at: string): Value {
    const isPlain = typeof source === 'number' || (typeof source === 'string' && /^\d/.test(source));
    return isPlain
      ? { kind: 'mapping', mapping: { kind: 'constant', value: source } }
      : this.#value(source ?? null, at);
  }

  #counter(property: string, part: JsonObject, at: string): Counter {
    const { capacity } = part;
    return {
      property,
      capacity: capacity === undefined ? null : this.#value(capacity, `${at}/capacity`),
      newVersion: part.new_version === true,
    };
  }

  #allocation(name: string, part: JsonObject, at: string): Allocation {
    const common = {
      name,
      type: String(part.type),
      from: this.#value(part.from ?? null, `${at}/from`),
      when: this.#condition(part.when, `${at}/when`),
    };
    return typeof part.counter === 'string'
      ? this.#counterTake(common, part.counter, part, at)
      : this.#poolTake(common, part, at);
  }

  #counterTake(common: CommonAllocation, counter: string, part: JsonObject, at: string): CounterAllocation {
    const amount = part.amount === undefined ? one : this.#value(part.amount, `${at}/amount`);
    return { kind: 'counter', ...common, counter, amount };
  }

  #poolTake(common: CommonAllocation, part: JsonObject, at: string): PoolAllocation {
    const { pool, into, owner, each } = part;
    if (typeof pool !== 'string' || typeof into !== 'string') {
      this.#fault(at, 'pool and into, or counter, are needed');
    }
    return {
      kind: 'pool',
      ...common,
      pool: String(pool),
      into: String(into),
      as: this.#formOf(part.as, String(into), typeof each === 'string'),
      owner: typeof owner === 'string' ? owner : null,
      each: typeof each === 'string' ? each : null,
    };
  }

  #formOf(as: Json | undefined, into: string, isElement: boolean): NumberForm {
    if (as === 'integer' || as === 'string' || as === 'address') return as;
    if (isElement) return 'address';
    return this.#owner.property.get(into)?.kind === 'string' ? 'string' : 'integer';
  }

  #child(name: string, part: JsonObject, at: string): Child {
    if (this.#owner.property.has(name)) this.#fault(at, `${name} is a property already`);
    return {
      name,
      type: String(part.type),
      when: this.#condition(part.when, `${at}/when`),
      properties: this.#values(part, at),
      link: typeof part.link === 'string' ? part.link : null,
      children: partsOf(part.children).map(([inner, child]) => this.#child(inner, child, `${at}/children/${inner}`)),
    };
  }

  #update(name: string, part: JsonObject, at: string): RelatedUpdate {
    return {
      name,
      path: this.#path(part.path ?? null, `${at}/path`),
      when: this.#condition(part.when, `${at}/when`),
      set: this.#values(part, at, 'set'),
      onDelete: this.#values(part, at, 'on_delete'),
      keep: Array.isArray(part.keep) ? part.keep.map(String) : [],
    };
  }

  #path(source: Json, at: string): RelatedUpdate['path'] {
    const mapping = this.#attempt(at, () => parseMapping({ field: 'id', path: source }, 'path'), '/path');
    return mapping?.kind === 'field' ? mapping.path : [];
  }

  #followUp(name: string, part: JsonObject, at: string): FollowUp {
    const when = this.#condition(part.when ?? null, `${at}/when`) ?? never;
    return { name, when, set: this.#values(part, at, 'set'), watches: watchedBy(when, this.#owner) };
  }

  #requirement(name: string, part: JsonObject, at: string): Requirement {
    const that = this.#condition(part.that ?? null, `${at}/that`) ?? never;
    return { name, that, reason: String(part.reason) };
  }

  #values(part: JsonObject, at: string, key = 'properties'): ReadonlyMap<string, Value> {
    const entries = Object.entries(isJsonObject(part[key]) ? part[key] : {});
    return new Map(entries.map(([name, value]) => [name, this.#value(value, `${at}/${key}/${name}`)]));
  }

  #value(source: Json, at: string): Value {
    return this.#attempt(at, () => parseValue(source, 'behaviour')) ?? zero;
  }

  #condition(source: Json | undefined, at: string): Condition | null {
    return source === undefined ? null : this.#attempt(at, () => parseCondition(source, 'behaviour'));
  }

  #attempt<Result>(at: string, parse: () => Result, prefix = ''): Result | null {
    try {
      return parse();
    } catch (error) {
      if (!isKamadoError(error)) throw error;
      for (const { pointer, reason } of error.faults) {
        this.#fault(at + (pointer.startsWith(prefix) ? pointer.slice(prefix.length) : pointer), reason);
      }
      return null;
    }
  }
}

type CommonAllocation = Pick<Allocation, 'name' | 'type' | 'from' | 'when'>;

const never: Condition = { kind: 'any', conditions: [] };

function partsOf(section: Json | undefined): readonly (readonly [string, JsonObject])[] {
  if (!isJsonObject(section)) return [];
  return Object.entries(section).map(([name, part]) => [name, isJsonObject(part) ? part : {}] as const);
}

function bitsOf(source: Json | undefined): number | null {
  return typeof source === 'number' ? source : null;
}
