import { type Decision, Unresolved } from '../../controller/index.ts';
import type { JsonObject } from '../../kernel/index.ts';
import type { Mismatch } from './evidence.ts';

/** A decision with consequences. */
export type Conclusion = Exclude<Decision, { readonly kind: 'nothing' | 'postponed' }>;

/** A decision that waits for its recorded place. */
export interface PendingDecision {
  readonly decision: Conclusion;
  /** The number of the event that caused it. */
  readonly index: number;
  readonly mismatch: Mismatch;
}

/** 'type:id' → the body at that time, or undefined. */
export type Seen = ReadonlyMap<string, JsonObject | undefined>;

/** Replaces the version of a removed resource. */
export const REMOVED = 'removed';

/** The name of a decision's subject: a version of a resource ('type:id:version'), or its end. */
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

/** Decisions that wait for their recorded place; several of one name if the time of the decision is unknown. */
export class PendingDecisions {
  readonly #held = new Map<string, PendingDecision[]>();
  readonly #watching = new Unresolved();
  readonly #seen = new Map<string, Seen[]>();

  /** The decisions with a name; none: nothing was decided about it. */
  of(name: string): readonly PendingDecision[] {
    return this.#held.get(name) ?? [];
  }

  add(path: string, held: PendingDecision): void {
    const name = nameOf(path, held.decision);
    const others = this.#held.get(name);
    if (others === undefined) this.#held.set(name, [held]);
    else others.push(held);
  }

  delete(name: string): void {
    this.#held.delete(name);
  }

  /** Records the inputs of a resource's decision: a change of them may lead to another decision. */
  watch(path: string, seen: Seen): void {
    this.#watching.set(path, [path, ...seen.keys()]);
    const before = this.#seen.get(path);
    if (before === undefined) this.#seen.set(path, [seen]);
    else before.push(seen);
  }

  /** The resources whose decision depends on the changed one. */
  watching(path: string): readonly string[] {
    return this.#watching.waitingFor(path);
  }

  /** The inputs of a resource's decisions since its last change, in order. */
  seenFor(path: string): readonly Seen[] {
    return [...(this.#seen.get(path) ?? [])];
  }

  /** Drops the inputs: the resource was queued, or has changed itself. */
  unwatch(path: string): void {
    this.#watching.delete(path);
    this.#seen.delete(path);
  }
}
