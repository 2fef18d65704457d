import { type Decision, Unresolved } from '../../controller/index.ts';
import type { JsonObject } from '../../kernel/index.ts';
import type { Mismatch } from './evidence.ts';

/** A decision that something follows from. */
export type Conclusion = Exclude<Decision, { readonly kind: 'nothing' | 'postponed' }>;

/** A decision that waits for the place at which it was recorded. */
export interface Held {
  readonly decision: Conclusion;
  /** The number of the event at which it was made. */
  readonly index: number;
  readonly mismatch: Mismatch;
}

/** 'type:id' → the body that was there, or undefined. */
export type Seen = ReadonlyMap<string, JsonObject | undefined>;

/** What stands for the version of a resource that is gone. */
export const REMOVED = 'removed';

/** What a decision is about: a version of a resource ('type:id:version'), or its end. */
export function nameOf(path: string, decision: Conclusion): string {
  return `${path}:${decision.kind === 'forget' ? REMOVED : versionOf(decision)}`;
}

/** Whether jobs follow from a decision. */
export function isWork({ kind }: Conclusion): boolean {
  return kind === 'work' || kind === 'undo';
}

/** The version that a decision is about. */
export function versionOf(decision: Conclusion): number {
  switch (decision.kind) {
    case 'read':
    case 'refuse':
    case 'work':
      return decision.config.value.version;
    case 'undo':
      return decision.applied.version;
    case 'forget':
      return decision.view.processed?.value.version ?? 0;
  }
}

/** Decisions that wait for the place at which they were recorded; several where it isn't known when they were made. */
export class HeldDecisions {
  readonly #held = new Map<string, Held[]>();
  readonly #watching = new Unresolved();
  readonly #seen = new Map<string, Seen[]>();

  /** By name; none: nothing was decided about it. */
  of(name: string): readonly Held[] {
    return this.#held.get(name) ?? [];
  }

  add(path: string, held: Held): void {
    const name = nameOf(path, held.decision);
    const others = this.#held.get(name);
    if (others === undefined) this.#held.set(name, [held]);
    else others.push(held);
  }

  delete(name: string): void {
    this.#held.delete(name);
  }

  /** Notes what a resource's decision was made from: a change of that may make another decision. */
  watch(path: string, seen: Seen): void {
    this.#watching.set(path, [path, ...seen.keys()]);
    const before = this.#seen.get(path);
    if (before === undefined) this.#seen.set(path, [seen]);
    else before.push(seen);
  }

  /** The resources whose decision was made from what now changes. */
  watching(path: string): readonly string[] {
    return this.#watching.waitingFor(path);
  }

  /** What was seen for a resource's decisions since its last change, one look after the other. */
  seenFor(path: string): readonly Seen[] {
    return [...(this.#seen.get(path) ?? [])];
  }

  /** The resource was queued, or has changed itself. */
  unwatch(path: string): void {
    this.#watching.delete(path);
    this.#seen.delete(path);
  }
}
