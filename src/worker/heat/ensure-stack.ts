import {
  isKamadoError,
  isRetryable,
  kamadoError,
  limits,
  type Redactor,
  reachingStacks,
  sleep,
} from '../../kernel/index.ts';
import type {
  ObservedStatus,
  Stack,
  StackEngine,
  StackRef,
  StackRequest,
  StackSummary,
  StackWatch,
} from '../../southbound/stack/index.ts';
import type { JobTools } from '../handler.ts';
import { redactedText } from '../job-secrets.ts';
import { culpritsOf } from './culprits.ts';
import { nextStep, type Step, type Wanted } from './next-step.ts';

/** What a stack is to come to. */
export type Goal =
  | { readonly kind: 'present'; readonly request: StackRequest }
  | { readonly kind: 'absent'; readonly ref: StackRef };

/** What works on stacks. */
export interface StackTools {
  readonly engine: StackEngine;
  readonly watch: StackWatch;
}

/** How a stack is brought to its goal. */
export interface EnsureStackOptions {
  readonly timeoutMs: number;
  /** It isn't there, as far as is known: its creation is tried before it is looked what is there. */
  readonly isNew: boolean;
  /** Redacts what the engine says. */
  readonly redact: Redactor;
}

/**
 * Brings a stack to where it is to be, from wherever it is, and gives it; null if it is to be absent. What may pass is
 * tried again until the time is up.
 * @throws STACK_FAILED, STACK_TIMEOUT, and the engine's errors that don't pass
 */
export async function ensureStack(
  stacks: StackTools,
  tools: JobTools,
  goal: Goal,
  options: EnsureStackOptions,
): Promise<Stack | null> {
  const over = new AbortController();
  const timer = tools.runtime.after(options.timeoutMs, () => over.abort());
  try {
    return await new EnsureStack(stacks, tools, goal, options, over.signal).run(options.isNew ? null : undefined);
  } finally {
    timer.cancel();
  }
}

class EnsureStack {
  readonly #stacks: StackTools;
  readonly #tools: JobTools;
  readonly #goal: Goal;
  readonly #ref: StackRef;
  readonly #wanted: Wanted;
  readonly #timeoutMs: number;
  readonly #redact: Redactor;
  readonly #over: AbortSignal;
  /** Aborts with the job, and when the time is up. */
  readonly #stop: AbortSignal;
  /** Whether the engine has taken our request: a stack that is absent after that was removed by somebody. */
  #isTaken = false;
  /** Whether what others have asked of it was waited for long enough. */
  #isImpatient = false;
  #last: StackSummary | null = null;
  #trouble: string | null = null;
  readonly #pauses = reachingStacks();
  #serverErrors = 0;

  constructor(stacks: StackTools, tools: JobTools, goal: Goal, options: EnsureStackOptions, over: AbortSignal) {
    this.#stacks = stacks;
    this.#tools = tools;
    this.#goal = goal;
    this.#ref = goal.kind === 'present' ? goal.request.ref : goal.ref;
    this.#wanted = goal.kind === 'present' ? { kind: 'present', revision: goal.request.revision } : goal;
    this.#timeoutMs = options.timeoutMs;
    this.#redact = options.redact;
    this.#over = over;
    this.#stop = AbortSignal.any([tools.signal, over]);
  }

  /** `seen`: what is known to be there; undefined: nothing is known. */
  async run(seen: ObservedStatus | undefined): Promise<Stack | null> {
    for (let now = seen; ; ) {
      await this.#check();
      try {
        const there = now === undefined ? await this.#look() : now;
        const step = nextStep(there, this.#wanted, this.#isImpatient);
        if (step === 'done') {
          const whole = there === null || 'outputs' in there ? there : await this.#show();
          // Somebody may have done something to it in between.
          if (nextStep(whole, this.#wanted) === 'done') return whole;
          now = whole;
        } else now = await this.#take(step, there);
        this.#calm();
      } catch (error) {
        await this.#pauseAfter(error);
        now = undefined;
      }
    }
  }

  async #look(): Promise<ObservedStatus> {
    const { project, name } = this.#ref;
    return (await this.#stacks.engine.statuses(project, [name], this.#stop)).get(name) ?? null;
  }

  #show(): Promise<Stack | null> {
    return this.#stacks.engine.show(this.#ref, this.#stop);
  }

  /** Takes a step and waits for what comes of it. */
  async #take(step: Exclude<Step, 'done'>, there: ObservedStatus): Promise<ObservedStatus | undefined> {
    const { engine } = this.#stacks;
    this.#isImpatient = false;
    switch (step) {
      case 'failed':
        throw await this.#failure(there);
      case 'wait':
        return await this.#untilOver();
      case 'create':
      case 'update':
        await this.#request(step);
        return await this.#untilAnswered();
      case 'delete': {
        await engine.delete(this.#ref, this.#stop);
        const seen = await this.#untilRemoved(there);
        if (seen?.action === 'DELETE' && seen.progress === 'FAILED') throw await this.#failure(seen);
        return seen;
      }
    }
  }

  async #request(step: 'create' | 'update'): Promise<void> {
    if (this.#goal.kind === 'absent') return;
    if (step === 'create' && this.#isTaken) {
      const gone = { stack: this.#ref.name, stackStatus: 'gone', reason: 'it was removed while it was worked on' };
      throw kamadoError('STACK_FAILED', gone);
    }
    const { engine } = this.#stacks;
    await (step === 'create' ? engine.create : engine.update)(this.#goal.request, this.#stop);
    this.#isTaken = true;
  }

  /** Until what is in progress is over, or was waited for long enough. */
  #untilOver(): Promise<ObservedStatus | undefined> {
    const isLong = this.#after(limits.stackPatienceMs);
    return this.#until((seen) => {
      this.#isImpatient = isLong();
      return nextStep(seen, this.#wanted, this.#isImpatient) !== 'wait';
    });
  }

  /** What is seen just after a request may still be about the one before. */
  #untilAnswered(): Promise<ObservedStatus | undefined> {
    const isOld = this.#after(limits.stackStaleMs);
    return this.#until((seen) => {
      const step = nextStep(seen, this.#wanted);
      return step !== 'wait' && (step !== 'update' || isOld());
    });
  }

  #untilRemoved(before: ObservedStatus): Promise<ObservedStatus | undefined> {
    const isOld = this.#after(limits.stackStaleMs);
    let hasBegun = before?.action !== 'DELETE';
    return this.#until((seen) => {
      if (seen === null) return true;
      if (seen.progress === 'IN_PROGRESS') {
        hasBegun ||= seen.action === 'DELETE';
        return false;
      }
      return (seen.action === 'DELETE' && hasBegun) || isOld();
    });
  }

  /** Whether so much time has passed since now. */
  #after(timeMs: number): () => boolean {
    const { runtime } = this.#tools;
    const sinceMs = runtime.monotonicMs();
    return () => runtime.monotonicMs() - sinceMs >= timeMs;
  }

  async #until(isDone: (seen: ObservedStatus) => boolean): Promise<ObservedStatus | undefined> {
    const { watch } = this.#stacks;
    const onAway = (error: unknown): void => {
      this.#trouble = this.#said(error);
    };
    const look = (seen: ObservedStatus): boolean => {
      this.#last = seen;
      this.#trouble = null;
      return isDone(seen);
    };
    return await this.#releaseSlot(() => watch.until(this.#ref, look, this.#stop, onAway));
  }

  /** Where too many wait already, the slot is kept: that holds up jobs that would be too many, too. */
  async #releaseSlot<Result>(wait: () => Promise<Result>): Promise<Result> {
    let isOutside = false;
    const waitReleased = (): Promise<Result> => {
      isOutside = true;
      return wait();
    };
    try {
      return await this.#tools.releaseSlot(waitReleased);
    } catch (error) {
      if (isOutside || !isKamadoError(error, 'OVERLOADED')) throw error;
      return await wait();
    }
  }

  #calm(): void {
    this.#pauses.reset();
    this.#serverErrors = 0;
    this.#trouble = null;
  }

  /** Throws what doesn't pass. */
  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#stop.aborted) return;
    if (isKamadoError(error, 'STACK_SERVER_ERROR')) this.#serverErrors++;
    if (!isPassing(error) || this.#serverErrors >= limits.stackServerErrors) throw error;
    const { runtime, log } = this.#tools;
    const pauseMs = this.#pauses.nextMs();
    const reason = this.#said(error);
    this.#trouble = reason;
    log.warn({ stack: this.#ref.name, reason, pauseMs }, 'The stack is looked at again.');
    await this.#releaseSlot(() => sleep(runtime, pauseMs, this.#stop));
  }

  #said(error: unknown): string {
    return redactedText(error, this.#redact, foreignIn(this.#stacks.engine));
  }

  /** @throws STACK_TIMEOUT when the time is up */
  async #check(): Promise<void> {
    if (!this.#stop.aborted) return;
    // Nobody reads it then: the worker has given up the job.
    if (!this.#over.aborted) throw kamadoError('CLAIM_LOST', { job: this.#ref.name });
    const reason = this.#trouble ?? (await this.#told(this.#last));
    throw kamadoError('STACK_TIMEOUT', { stack: this.#ref.name, timeoutMs: this.#timeoutMs, reason });
  }

  async #failure(stack: ObservedStatus): Promise<Error> {
    const stackStatus = stack === null ? 'gone' : statusOf(stack);
    return kamadoError('STACK_FAILED', { stack: this.#ref.name, stackStatus, reason: await this.#told(stack, false) });
  }

  /** What the engine says of the stack, with the resources that it is about. */
  async #told(stack: StackSummary | null, withStatus = true): Promise<string> {
    if (stack === null) return 'it is not there';
    // A reason that was cut off may end within a secret.
    const reason = this.#redact(stack.reason);
    const reported = withStatus ? `it is ${statusOf(stack)}: ${reason}` : reason;
    if (/\bresources\./.test(reported)) return reported;
    const { signal, log } = this.#tools;
    try {
      const events = await this.#stacks.engine.events(this.#ref, signal);
      const culprits = culpritsOf(
        stack,
        events.map((event) => ({ ...event, reason: this.#redact(event.reason) })),
      );
      return culprits === '' ? reported : `${reported} (${culprits})`;
    } catch (error) {
      const reason = this.#said(error);
      log.debug({ stack: this.#ref.name, reason }, 'What happened to the stack is not known.');
      return reported;
    }
  }
}

/** The parameter of errors in which an engine may repeat what it was given, where it doesn't mark that itself. */
export function foreignIn({ marksForeignText }: StackEngine): string | undefined {
  return marksForeignText === true ? undefined : 'reason';
}

function statusOf({ action, progress }: StackSummary): string {
  return `${action}_${progress}`;
}

/** What was there may be another when it is looked again, and who had too much to do may have less. */
const passing = ['STACK_EXISTS', 'STACK_NOT_FOUND', 'STACK_BUSY', 'OVERLOADED'] as const;

function isPassing(error: unknown): boolean {
  return isRetryable(error) || passing.some((code) => isKamadoError(error, code));
}
