import type { Step } from '../mapping.ts';
import type { Condition, Value } from './value.ts';

/** What a type does by itself, beside its computed properties (`Property.initial`). Data: the database carries it out. */
export interface Behaviour {
  readonly ensures: readonly Ensured[];
  readonly pools: ReadonlyMap<string, Pool>;
  /** By property. */
  readonly counters: ReadonlyMap<string, Counter>;
  readonly allocations: readonly Allocation[];
  readonly children: readonly Child[];
  readonly updates: readonly RelatedUpdate[];
  readonly followUps: readonly FollowUp[];
  readonly requires: readonly Requirement[];
  /** What is computed on create, each after what it reads. */
  readonly steps: readonly ComputeStep[];
}

/** A resource that has to be there: it is made first where it isn't. */
export interface Ensured {
  readonly name: string;
  readonly type: string;
  /** Null or '': none. */
  readonly id: Value;
  readonly properties: ReadonlyMap<string, Value>;
}

/** Numbers of a resource that others take. Addresses are numbers, too: IPv4 as 32 bits. */
export interface Pool {
  readonly name: string;
  readonly first: Value;
  readonly last: Value;
  /** Ranges that are never handed out, or null. */
  readonly reserved: Value | null;
  /** From where numbers are handed out that nobody asks for by name, or null: from everywhere. */
  readonly offers: Value | null;
  /** Ranges that only who asks for a number by name gets, or null: none. */
  readonly withheld: Value | null;
  /** The property that shows it as base64, and how many bits that has; null: the next multiple of 32. */
  readonly bitmap: { readonly property: string; readonly bits: number | null } | null;
  /** The property that shows how many are left. */
  readonly free: string | null;
  readonly newVersion: boolean;
}

/** A property that shows what is left of a capacity, or, without one, how much is taken. */
export interface Counter {
  readonly property: string;
  readonly capacity: Value | null;
  readonly newVersion: boolean;
}

/** What a resource takes of another one, as long as its row is there. */
export type Allocation = PoolAllocation | CounterAllocation;

interface AllocationBase {
  readonly name: string;
  /** The type of what it is taken of. */
  readonly type: string;
  readonly from: Value;
  readonly when: Condition | null;
}

export interface PoolAllocation extends AllocationBase {
  readonly kind: 'pool';
  readonly pool: string;
  /** A property of the resource, or with `each` of the element. */
  readonly into: string;
  readonly as: NumberForm;
  readonly owner: string | null;
  /** A property that is a list of objects, each of which takes one. */
  readonly each: string | null;
}

/** How a number of a pool stands in a body. */
export type NumberForm = 'integer' | 'string' | 'address';

export interface CounterAllocation extends AllocationBase {
  readonly kind: 'counter';
  readonly counter: string;
  readonly amount: Value;
}

/** A resource that comes along with another one. */
export interface Child {
  readonly name: string;
  readonly type: string;
  readonly when: Condition | null;
  readonly properties: ReadonlyMap<string, Value>;
  /** The property of its parent that holds its id. */
  readonly link: string | null;
  readonly children: readonly Child[];
}

/** A change of a related resource that this one causes. */
export interface RelatedUpdate {
  readonly name: string;
  readonly path: readonly Step[];
  readonly when: Condition | null;
  readonly set: ReadonlyMap<string, Value>;
  readonly onDelete: ReadonlyMap<string, Value>;
  /** Computed properties that the new version doesn't touch. */
  readonly keep: readonly string[];
}

/** A version that the system makes when a condition holds. */
export interface FollowUp {
  readonly name: string;
  readonly when: Condition;
  readonly set: ReadonlyMap<string, Value>;
  /** What the condition reads of others: when such a resource changes, those that refer to it are looked at. */
  readonly watches: readonly Watched[];
}

/** What has to hold when a resource is made or changed. */
export interface Requirement {
  readonly name: string;
  readonly that: Condition;
  /** Why a request is refused, for who sent it. */
  readonly reason: string;
}

/** A field that refers to a resource of a type. */
export interface Watched {
  readonly type: string;
  readonly field: string;
}

/** Something that is computed when a resource is made. */
export type ComputeStep =
  | { readonly kind: 'initial'; readonly property: string; readonly value: Value }
  | { readonly kind: 'take'; readonly allocation: PoolAllocation };

/** Of a type that says nothing. */
export const noBehaviour: Behaviour = {
  ensures: [],
  pools: new Map(),
  counters: new Map(),
  allocations: [],
  children: [],
  updates: [],
  followUps: [],
  requires: [],
  steps: [],
};
