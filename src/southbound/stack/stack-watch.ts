import { isKamadoError, isRetryable, limits, type Runtime, reachingStacks, type Timer } from '../../kernel/index.ts';
import type { Stack, StackEngine, StackRef, StackSummary } from './stack.ts';

/** A stack as it was observed: with its outputs if it was requested alone. */
export type ObservedStatus = StackSummary | Stack | null;

interface Waiter {
  readonly ref: StackRef;
  readonly isDone: (observed: ObservedStatus) => boolean;
  readonly onAway: (error: unknown) => void;
  readonly sinceMs: number;
  dueMs: number;
  /** Whether it is requested alone, because the request for many failed. */
  isAlone: boolean;
  readonly resolve: (observed: ObservedStatus) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Waits for stacks. Engines don't notify when one is done, so they are polled, once for all due stacks of a project. A
 * stack is polled after `limits.stackLookFirstMs`, and then less often the longer it takes: soon every
 * `limits.stackLookUsualMs`, and in the end every `limits.stackLookLongestMs`. An unreachable engine is polled again
 * with growing pauses.
 */
export class StackWatch {
  readonly #runtime: Runtime;
  readonly #engine: StackEngine;
  readonly #projects = new Map<string, ProjectWatch>();

  constructor(runtime: Runtime, engine: StackEngine) {
    this.#runtime = runtime;
    this.#engine = engine;
  }

  /**
   * Resolves with the observed status when `isDone` holds for it, and with undefined when the signal aborts. `onAway`
   * receives the reason if nothing could be observed. @throws the engine's errors, except those that may pass
   */
  async until(
    ref: StackRef,
    isDone: (observed: ObservedStatus) => boolean,
    signal: AbortSignal,
    onAway: (error: unknown) => void,
  ): Promise<ObservedStatus | undefined> {
    if (signal.aborted) return undefined;
    const watch = this.#projects.get(ref.project) ?? new ProjectWatch(this.#runtime, this.#engine, ref.project);
    this.#projects.set(ref.project, watch);
    try {
      return await watch.until(ref, isDone, signal, onAway);
    } finally {
      if (watch.isIdle && this.#projects.get(ref.project) === watch) this.#projects.delete(ref.project);
    }
  }
}

/** The awaited stacks of one project. At most one request for them is pending at a time. */
class ProjectWatch {
  readonly #runtime: Runtime;
  readonly #engine: StackEngine;
  readonly #project: string;
  readonly #waiters = new Set<Waiter>();
  #timer: Timer | null = null;
  #polling: AbortController | null = null;
  /** The pauses before an unreachable engine is polled again. */
  readonly #pauses = reachingStacks();
  /** The end of the current pause. */
  #backMs = 0;

  constructor(runtime: Runtime, engine: StackEngine, project: string) {
    this.#runtime = runtime;
    this.#engine = engine;
    this.#project = project;
  }

  get isIdle(): boolean {
    return this.#waiters.size === 0;
  }

  until(
    ref: StackRef,
    isDone: Waiter['isDone'],
    signal: AbortSignal,
    onAway: (error: unknown) => void,
  ): Promise<ObservedStatus | undefined> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        signal.removeEventListener('abort', onAbort);
        this.#waiters.delete(waiter);
        if (this.#waiters.size === 0) this.#polling?.abort();
        this.#plan();
      };
      const onAbort = (): void => {
        leave();
        resolve(undefined);
      };
      const sinceMs = this.#runtime.monotonicMs();
      const waiter: Waiter = {
        ref,
        isDone,
        onAway,
        sinceMs,
        dueMs: sinceMs + limits.stackLookFirstMs,
        isAlone: false,
        resolve: (observed) => {
          leave();
          resolve(observed);
        },
        reject: (error) => {
          leave();
          reject(error);
        },
      };
      this.#waiters.add(waiter);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#plan();
    });
  }

  /** Plans the next poll for when the first stack is due, unless one is running. */
  #plan(): void {
    this.#timer?.cancel();
    this.#timer = null;
    if (this.#polling !== null || this.#waiters.size === 0) return;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const waiter of this.#waiters) dueMs = Math.min(dueMs, waiter.dueMs);
    const delayMs = Math.max(Math.max(dueMs, this.#backMs) - this.#runtime.monotonicMs(), 0);
    this.#timer = this.#runtime.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const due = this.#due();
    const polling = new AbortController();
    this.#polling = polling;
    try {
      const observed = await this.#observe(due, polling.signal);
      this.#pauses.reset();
      for (const waiter of due) this.#notify(waiter, observed);
    } catch (error) {
      if (!polling.signal.aborted) this.#onError(error, due);
    } finally {
      this.#polling = null;
      this.#plan();
    }
  }

  /** The waiters to poll for now. */
  #due(): readonly Waiter[] {
    const nowMs = this.#runtime.monotonicMs();
    // Stacks that are nearly due are included, which saves a request of their own.
    const due = [...this.#waiters].filter(({ dueMs }) => dueMs <= nowMs + limits.stackLookUsualMs / 2);
    const alone = due.find(({ isAlone }) => isAlone);
    return alone === undefined ? due : [alone];
  }

  async #observe(due: readonly Waiter[], signal: AbortSignal): Promise<(waiter: Waiter) => ObservedStatus> {
    const [first, ...more] = due;
    if (first !== undefined && more.length === 0) {
      // A single stack is requested completely: if it is done, that saves the request for its outputs.
      const stack = await this.#engine.show(first.ref, signal);
      return () => stack;
    }
    const names = [...new Set(due.map(({ ref }) => ref.name))];
    const found = await this.#engine.statuses(this.#project, names, signal);
    return ({ ref }) => found.get(ref.name) ?? null;
  }

  #notify(waiter: Waiter, observe: (waiter: Waiter) => ObservedStatus): void {
    if (!this.#waiters.has(waiter)) return;
    const observed = observe(waiter);
    if (waiter.isDone(observed)) {
      waiter.resolve(observed);
      return;
    }
    waiter.isAlone = false;
    const nowMs = this.#runtime.monotonicMs();
    waiter.dueMs = nowMs + lookPauseMs(nowMs - waiter.sinceMs);
  }

  #onError(error: unknown, due: readonly Waiter[]): void {
    if (isRetryable(error)) {
      this.#backMs = this.#runtime.monotonicMs() + this.#pauses.nextMs();
      for (const { onAway } of this.#waiters) onAway(error);
    } else if (due.length > 1 && !isKamadoError(error, 'STACK_ACCESS')) {
      // A fault of one stack must not end the wait for the others.
      for (const waiter of due) waiter.isAlone = true;
    } else {
      for (const waiter of due) if (this.#waiters.has(waiter)) waiter.reject(error);
    }
  }
}

/** The pause before the next poll. */
function lookPauseMs(waitedMs: number): number {
  const usualMs = Math.max(Math.min(waitedMs, limits.stackLookUsualMs), limits.stackLookFirstMs);
  return Math.min(Math.max(waitedMs * limits.stackLookShare, usualMs), limits.stackLookLongestMs);
}
