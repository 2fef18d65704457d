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

/** The wanted state of a stack. */
export type Goal =
  | { readonly kind: 'present'; readonly request: StackRequest }
  | { readonly kind: 'absent'; readonly ref: StackRef };

/** The tools for work on stacks. */
export interface StackTools {
  readonly engine: StackEngine;
  readonly watch: StackWatch;
}

/** Options for bringing a stack to its goal. */
export interface EnsureStackOptions {
  readonly timeoutMs: number;
  /** Whether the stack is assumed to be absent: its creation is tried before its status is read. */
  readonly isNew: boolean;
  /** Redacts the texts of the engine. */
  readonly redact: Redactor;
}

/**
 * Brings a stack to its goal from any status, and returns it; null if the goal is absence. Errors that may pass are
 * retried until the time is up.
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
  /** Whether the engine has accepted our request: a stack that is absent after that was removed by another client. */
  #isAccepted = false;
  /** Whether the requests of other clients were waited for long enough. */
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

  /** @param seen the known status of the stack; undefined: unknown */
  async run(seen: ObservedStatus | undefined): Promise<Stack | null> {
    for (let now = seen; ; ) {
      await this.#check();
      try {
        const there = now === undefined ? await this.#status() : now;
        const step = nextStep(there, this.#wanted, this.#isImpatient);
        if (step === 'done') {
          const whole = there === null || 'outputs' in there ? there : await this.#show();
          // Another client may have changed it in between.
          if (nextStep(whole, this.#wanted) === 'done') return whole;
          now = whole;
        } else now = await this.#perform(step, there);
        this.#calm();
      } catch (error) {
        await this.#pauseAfter(error);
        now = undefined;
      }
    }
  }

  async #status(): Promise<ObservedStatus> {
    const { project, name } = this.#ref;
    return (await this.#stacks.engine.statuses(project, [name], this.#stop)).get(name) ?? null;
  }

  #show(): Promise<Stack | null> {
    return this.#stacks.engine.show(this.#ref, this.#stop);
  }

  /** Takes a step and waits for its result. */
  async #perform(step: Exclude<Step, 'done'>, there: ObservedStatus): Promise<ObservedStatus | undefined> {
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
    if (step === 'create' && this.#isAccepted) {
      const gone = { stack: this.#ref.name, stackStatus: 'gone', reason: 'it was removed while it was worked on' };
      throw kamadoError('STACK_FAILED', gone);
    }
    const { engine } = this.#stacks;
    await (step === 'create' ? engine.create : engine.update)(this.#goal.request, this.#stop);
    this.#isAccepted = true;
  }

  /** Waits until the operation in progress is over, or was waited for long enough. */
  #untilOver(): Promise<ObservedStatus | undefined> {
    const isLong = this.#after(limits.stackPatienceMs);
    return this.#until((seen) => {
      this.#isImpatient = isLong();
      return nextStep(seen, this.#wanted, this.#isImpatient) !== 'wait';
    });
  }

  /** Waits for the result of a request. A status just after the request may still be that of the operation before. */
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

  /** Returns a function that tells whether this much time has passed since now. */
  #after(timeMs: number): () => boolean {
    const { runtime } = this.#tools;
    const sinceMs = runtime.monotonicMs();
    return () => runtime.monotonicMs() - sinceMs >= timeMs;
  }

  async #until(isDone: (seen: ObservedStatus) => boolean): Promise<ObservedStatus | undefined> {
    const { watch } = this.#stacks;
    const onAway = (error: unknown): void => {
      this.#trouble = this.#redacted(error);
    };
    const look = (seen: ObservedStatus): boolean => {
      this.#last = seen;
      this.#trouble = null;
      return isDone(seen);
    };
    return await this.#releaseSlot(() => watch.until(this.#ref, look, this.#stop, onAway));
  }

  /** If too many jobs wait already, the slot is kept: that also holds up further jobs, which would be too many. */
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

  /** Pauses after an error that may pass; throws any other. */
  async #pauseAfter(error: unknown): Promise<void> {
    if (this.#stop.aborted) return;
    if (isKamadoError(error, 'STACK_SERVER_ERROR')) this.#serverErrors++;
    if (!isPassing(error) || this.#serverErrors >= limits.stackServerErrors) throw error;
    const { runtime, log } = this.#tools;
    const pauseMs = this.#pauses.nextMs();
    const reason = this.#redacted(error);
    this.#trouble = reason;
    log.warn({ stack: this.#ref.name, reason, pauseMs }, 'The request about the stack is tried again.');
    await this.#releaseSlot(() => sleep(runtime, pauseMs, this.#stop));
  }

  #redacted(error: unknown): string {
    return redactedText(error, this.#redact, foreignParameterOf(this.#stacks.engine));
  }

  /** @throws STACK_TIMEOUT when the time is up */
  async #check(): Promise<void> {
    if (!this.#stop.aborted) return;
    // The error isn't read: the worker has given up the job.
    if (!this.#over.aborted) throw kamadoError('CLAIM_LOST', { job: this.#ref.name });
    const reason = this.#trouble ?? (await this.#describe(this.#last));
    throw kamadoError('STACK_TIMEOUT', { stack: this.#ref.name, timeoutMs: this.#timeoutMs, reason });
  }

  async #failure(stack: ObservedStatus): Promise<Error> {
    const stackStatus = stack === null ? 'gone' : statusOf(stack);
    return kamadoError('STACK_FAILED', {
      stack: this.#ref.name,
      stackStatus,
      reason: await this.#describe(stack, false),
    });
  }

  /** The engine's description of the stack, with the names of its failing resources. */
  async #describe(stack: StackSummary | null, withStatus = true): Promise<string> {
    if (stack === null) return 'it is not there';
    // A reason that was cut off may end within a secret.
    const reason = this.#redact(stack.reason);
    const description = withStatus ? `it is ${statusOf(stack)}: ${reason}` : reason;
    if (/\bresources\./.test(description)) return description;
    const { signal, log } = this.#tools;
    try {
      const events = await this.#stacks.engine.events(this.#ref, signal);
      const culprits = culpritsOf(
        stack,
        events.map((event) => ({ ...event, reason: this.#redact(event.reason) })),
      );
      return culprits === '' ? description : `${description} (${culprits})`;
    } catch (error) {
      const reason = this.#redacted(error);
      log.debug({ stack: this.#ref.name, reason }, 'The events of the stack could not be read.');
      return description;
    }
  }
}

/** The parameter of errors in which an engine may repeat its input, if it doesn't mark that text itself. */
export function foreignParameterOf({ marksForeignText }: StackEngine): string | undefined {
  return marksForeignText === true ? undefined : 'reason';
}

function statusOf({ action, progress }: StackSummary): string {
  return `${action}_${progress}`;
}

/** Errors that may pass: the next status may differ, and a busy engine may have less to do later. */
const passing = ['STACK_EXISTS', 'STACK_NOT_FOUND', 'STACK_BUSY', 'OVERLOADED'] as const;

function isPassing(error: unknown): boolean {
  return isRetryable(error) || passing.some((code) => isKamadoError(error, code));
}
