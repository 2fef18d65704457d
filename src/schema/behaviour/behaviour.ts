import type { Step } from '../mapping.ts';
import type { Condition, Value } from './value.ts';

/** The behaviour of a type, besides its computed properties (`Property.initial`). Data: the database executes it. */
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
  /** The values that are computed on create, each after the values that it reads. */
  readonly steps: readonly ComputeStep[];
}

/** A resource that has to exist: it is made first if it doesn't. */
export interface Ensured {
  readonly name: string;
  readonly type: string;
  /** Null or '': none. */
  readonly id: Value;
  readonly properties: ReadonlyMap<string, Value>;
}

/** Numbers of a resource that others allocate. Addresses are numbers, too: IPv4 as 32 bits. */
export interface Pool {
  readonly name: string;
  readonly first: Value;
  readonly last: Value;
  /** Ranges that are never allocated, or null. */
  readonly reserved: Value | null;
  /** The ranges from which numbers are allocated without an explicit request, or null: the whole pool. */
  readonly offers: Value | null;
  /** Ranges whose numbers are allocated by explicit request only, or null: none. */
  readonly withheld: Value | null;
  /** The property that shows the pool as base64, and its number of bits. null: the next multiple of 32. */
  readonly bitmap: { readonly property: string; readonly bits: number | null } | null;
  /** The property that shows the number of free numbers. */
  readonly free: string | null;
  readonly newVersion: boolean;
}

/** A property that shows the rest of a capacity or, without one, the taken amount. */
export interface Counter {
  readonly property: string;
  readonly capacity: Value | null;
  readonly newVersion: boolean;
}

/** A number or an amount that a resource has of another one, as long as its row exists. */
export type Allocation = PoolAllocation | CounterAllocation;

interface AllocationBase {
  readonly name: string;
  /** The type of the resource that has the pool or the counter. */
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
  /** A property that is a list of objects, each of which gets a number. */
  readonly each: string | null;
}

/** The form of a pool's number in a body. */
export type NumberForm = 'integer' | 'string' | 'address';

export interface CounterAllocation extends AllocationBase {
  readonly kind: 'counter';
  readonly counter: string;
  readonly amount: Value;
}

/** A resource that is made along with another one. */
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
  /** Computed properties that the new version leaves unchanged. */
  readonly keep: readonly string[];
}

/** A version that the system makes when a condition holds. */
export interface FollowUp {
  readonly name: string;
  readonly when: Condition;
  readonly set: ReadonlyMap<string, Value>;
  /**
   * The fields of other resources that the condition reads: when such a resource changes, those that refer to it are
   * evaluated again.
   */
  readonly watches: readonly Watched[];
}

/** A condition that has to hold when a resource is made or changed. */
export interface Requirement {
  readonly name: string;
  readonly that: Condition;
  /** The reason for a refusal, for the client. */
  readonly reason: string;
}

/** A field that refers to a resource of a type. */
export interface Watched {
  readonly type: string;
  readonly field: string;
}

/** A value that is computed when a resource is made. */
export type ComputeStep =
  | { readonly kind: 'initial'; readonly property: string; readonly value: Value }
  | { readonly kind: 'take'; readonly allocation: PoolAllocation };

/** The behaviour of a type that declares none. */
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
