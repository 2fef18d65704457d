import { maskStoreValue, templateMappingsOf } from '../database/mask.ts';
import type { ResourceTimelineEntry, TimelineLog } from '../database/timeline-log.ts';
import { errorText } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Log } from '../kernel/log.ts';
import { type Runtime, sleep } from '../kernel/runtime.ts';
import type { Model } from '../model/model.ts';
import { readAll } from '../store/follow.ts';
import { isTransient } from '../store/leadership.ts';
import { type Store, type StoreEvent, type Watch, withPrefix } from '../store/store.ts';
import { entriesOf } from './entries.ts';

/** What the room needs. */
export interface TimelineContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  readonly timeline: TimelineLog;
}

/** A running timeline room. */
export interface Timeline {
  readonly close: () => Promise<void>;
}

/**
 * The timeline room: watches everything, joins each change with its writer, and records it with secrets masked. It
 * resumes where it was after a restart, and holds nobody back: what the store no longer knows, or what comes faster
 * than it can be written, is recorded as a gap.
 */
export function startTimeline(context: TimelineContext): Timeline {
  const closing = new AbortController();
  const recorder = new Recorder(context);
  const running = recorder.run(closing.signal);
  return {
    close: async () => {
      closing.abort();
      await running;
    },
  };
}

class Recorder {
  readonly #context: TimelineContext;
  readonly #templates = new Map<string, JsonObject>();
  #queue: ResourceTimelineEntry[] = [];
  #seen = 0;
  #writing: Promise<void> | null = null;

  constructor(context: TimelineContext) {
    this.#context = context;
  }

  async run(closing: AbortSignal): Promise<void> {
    const { runtime, log, timeline } = this.#context;
    let pauseMs: number = limits.reconnectFirstMs;
    while (!closing.aborted) {
      try {
        await timeline.prune(runtime.nowMs() - limits.timelineAgeMs);
        await this.#readTemplates();
        await this.#watch((await timeline.seenRevision()) + 1, closing);
        pauseMs = limits.reconnectFirstMs;
      } catch (error) {
        if (!isTransient(error)) throw error;
        log.warn({ reason: errorText(error) }, 'The timeline was interrupted.');
        await sleep(runtime, pauseMs, closing);
        pauseMs = Math.min(pauseMs * 2, limits.reconnectLongestMs);
      }
    }
    await this.#writing;
  }

  /** What is needed to tell which parameters of recorded jobs are secret. */
  async #readTemplates(): Promise<void> {
    const { entries } = await readAll(this.#context.store, withPrefix('/config/'));
    for (const { key, value } of entries) this.#learn(key, value);
  }

  #learn(key: string, value: string): void {
    const template = templateMappingsOf(this.#context.model, key, value);
    if (template !== null) this.#templates.set(template.id, template.mappings);
  }

  #watch(fromRevision: number, closing: AbortSignal): Promise<void> {
    const { store } = this.#context;
    return new Promise((resolve) => {
      let watch: Watch | null = null;
      const done = (): void => {
        watch?.close();
        closing.removeEventListener('abort', done);
        resolve();
      };
      watch = store.watch(
        withPrefix('/'),
        { fromRevision },
        {
          onEvents: (events, revision) => this.#record(events, revision),
          onCompacted: (compactRevision) => {
            this.#gap(compactRevision, 'the store had forgotten what came before');
            done();
          },
        },
      );
      closing.addEventListener('abort', done, { once: true });
      if (closing.aborted) done();
    });
  }

  #record(events: readonly StoreEvent[], revision: number): void {
    const { model, runtime } = this.#context;
    for (const event of events) if (event.type === 'put') this.#learn(event.entry.key, event.entry.value);
    const entries = entriesOf(model, events, revision, runtime.nowMs());
    if (this.#queue.length + entries.length > limits.timelineQueueEntries) {
      this.#gap(revision, 'changes came faster than they could be written');
      return;
    }
    for (const entry of entries) {
      const value = maskStoreValue(model, this.#templates, entry.key, entry.value);
      this.#queue.push({ ...entry, value: value.slice(0, limits.timelineValueBytes) });
    }
    this.#seen = revision;
    this.#write();
  }

  #gap(revision: number, reason: string): void {
    this.#context.log.warn({ revision, reason }, 'The timeline has a gap.');
    this.#queue = [];
    this.#seen = revision - 1;
    this.#write();
  }

  #write(): void {
    if (this.#writing !== null) return;
    this.#writing = this.#flush()
      .catch((error: unknown) => {
        this.#context.log.warn({ reason: errorText(error) }, 'The timeline could not be written.');
      })
      .finally(() => {
        this.#writing = null;
      });
  }

  async #flush(): Promise<void> {
    while (this.#queue.length > 0) {
      const batch = this.#queue.slice(0, limits.timelineBatchEntries);
      const complete = batch.length === this.#queue.length;
      const seen = complete ? this.#seen : (batch.at(-1)?.revision ?? 0) - 1;
      await this.#context.timeline.append(batch, seen);
      this.#queue = this.#queue.slice(batch.length);
    }
  }
}
