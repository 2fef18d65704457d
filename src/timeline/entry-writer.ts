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

/** The context of the writer. */
export interface EntryWriterContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly timeline: TimelineLog;
}

/**
 * Accepts entries at any speed, and writes them in batches at the database's speed. It buffers a limited number: beyond
 * that it drops entries rather than wait, since the watch must not be slowed down.
 */
export class EntryWriter {
  readonly #context: EntryWriterContext;
  #queue: ResourceTimelineEntry[] = [];
  #seen: number;
  /** The value of `#seen` that the timeline log has recorded. */
  #noted: number;
  #sincePrune: number = limits.timelinePruneEntries;
  #wake: (() => void) | null = null;
  /** The landmark that identifies the history of the last revision. */
  #landmark: string | null = null;
  /** The pauses before the next try after a failure. */
  readonly #pauses = reconnecting();
  #isEnding = false;

  constructor(context: EntryWriterContext, seenRevision: number) {
    this.#context = context;
    this.#seen = seenRevision;
    this.#noted = seenRevision;
  }

  /** The revision up to which everything was accepted or dropped. */
  get seenRevision(): number {
    return this.#seen;
  }

  /**
   * Adds all entries of a revision, and the landmark that identifies its history. A revision that was seen before is
   * ignored.
   */
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

  /** Continues after `revision`: the changes before it are dropped. */
  skipTo(revision: number, reason: string): void {
    this.#context.log.warn({ after: this.#seen, upTo: revision, reason }, 'The timeline has a gap.');
    this.#seen = revision;
    this.#wake?.();
  }

  /** Ends the input: `run` resolves when everything is written. */
  end(): void {
    this.#isEnding = true;
    this.#wake?.();
  }

  /** Writes until the component ends. Entries that aren't written by then are read again after the next start. */
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
      // Pauses even if the batch is dropped: its last revision isn't recorded yet, and is written at once in the next
      // round.
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
      // The removal is tried again with the next entries.
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
