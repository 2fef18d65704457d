import type { ResourceTimelineEntry, TimelineLog } from '../database/index.ts';
import {
  errorText,
  isRetryable,
  type Log,
  limits,
  type Runtime,
  reconnecting,
  sleep,
  warnUnlessFull,
} from '../kernel/index.ts';

/** What the writer needs. */
export interface EntryWriterContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly timeline: TimelineLog;
}

/**
 * Takes entries at any speed, and writes them at the database's, in batches. It takes only so many: beyond that it
 * leaves out rather than to wait, since whoever tells it must not be held back.
 */
export class EntryWriter {
  readonly #context: EntryWriterContext;
  #queue: ResourceTimelineEntry[] = [];
  #seen: number;
  /** What the log was told of `#seen`. */
  #noted: number;
  #sincePrune: number = limits.timelinePruneEntries;
  #wake: (() => void) | null = null;
  /** What shows which history the last revision belongs to. */
  #landmark: string | null = null;
  /** Before the next try, after one that failed. */
  readonly #pauses = reconnecting();
  #isEnding = false;

  constructor(context: EntryWriterContext, seenRevision: number) {
    this.#context = context;
    this.#seen = seenRevision;
    this.#noted = seenRevision;
  }

  /** The revision up to which everything was taken or left out. */
  get seenRevision(): number {
    return this.#seen;
  }

  /** Takes all entries of a revision, and what shows which history it is of. One that was seen before is ignored. */
  add(entries: readonly ResourceTimelineEntry[], revision: number, landmark: string | null = null): void {
    if (revision <= this.#seen) return;
    this.#landmark = landmark ?? this.#landmark;
    if (this.#queue.length + entries.length > limits.timelineQueueEntries) {
      this.#queue = [];
      this.skipTo(revision, 'changes came faster than they could be written');
      return;
    }
    this.#queue.push(...entries);
    this.#seen = revision;
    this.#wake?.();
  }

  /** Goes on after `revision`: what lies between is left out. */
  skipTo(revision: number, reason: string): void {
    this.#context.log.warn({ after: this.#seen, upTo: revision, reason }, 'The timeline has a gap.');
    this.#seen = revision;
    this.#wake?.();
  }

  /** Nothing more is added: `run` resolves when everything is written. */
  end(): void {
    this.#isEnding = true;
    this.#wake?.();
  }

  /** Writes until the room ends. What isn't written then is seen again after the next start. */
  async run(closing: AbortSignal): Promise<void> {
    while (!closing.aborted && !(this.#isEnding && this.#isWritten)) {
      await this.#prune();
      await this.#something(closing);
      const batch = this.#queue.splice(0, limits.timelineBatchEntries);
      const seen = this.#queue.length === 0 ? this.#seen : (batch.at(-1)?.revision ?? 1) - 1;
      const landmark = this.#queue.length === 0 ? this.#landmark : null;
      if (batch.length > 0 || seen !== this.#noted) await this.#write(batch, seen, landmark, closing);
      this.#sincePrune += batch.length;
    }
  }

  get #isWritten(): boolean {
    return this.#queue.length === 0 && this.#seen === this.#noted;
  }

  async #write(
    batch: readonly ResourceTimelineEntry[],
    seen: number,
    landmark: string | null,
    closing: AbortSignal,
  ): Promise<void> {
    const { runtime, log, timeline } = this.#context;
    for (let again = true; again; ) {
      try {
        await timeline.append(batch, seen, landmark);
        this.#noted = seen;
        this.#pauses.reset();
        return;
      } catch (error) {
        again = isRetryable(error) && !closing.aborted;
        warnUnlessFull(log, error, { entries: batch.length, again }, 'The timeline could not be written.');
      }
      // Also where the batch is given up: what it had seen isn't noted, and is written once more at once.
      await sleep(runtime, this.#pauses.nextMs(), closing);
    }
  }

  async #prune(): Promise<void> {
    if (this.#sincePrune < limits.timelinePruneEntries) return;
    this.#sincePrune = 0;
    const { runtime, log, timeline } = this.#context;
    try {
      await timeline.prune(runtime.nowMs() - limits.timelineAgeMs);
    } catch (error) {
      // It is tried again with the next ones.
      log.warn({ reason: errorText(error) }, 'Old entries of the timeline could not be removed.');
    }
  }

  #something(closing: AbortSignal): Promise<void> {
    if (!this.#isWritten || this.#isEnding || closing.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#wake = null;
        closing.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      closing.addEventListener('abort', wake, { once: true });
    });
  }
}
