import type { ResourceTimelineEntry, TimelineLog } from '../database/index.ts';
import {
  errorText,
  isKamadoError,
  isRetryable,
  type JsonObject,
  type Log,
  limits,
  MASK,
  type Runtime,
  reconnecting,
  sleep,
} from '../kernel/index.ts';
import { keys, resourceKey, SECRET_MARKS, TEMPLATE_TYPE } from '../records/index.ts';
import { maskStoreValue, SecretMarks, templateMappingsOf } from '../redaction/index.ts';
import type { Model } from '../schema/index.ts';
import {
  type KeyValue,
  oneKey,
  type Read,
  readAll,
  type Store,
  type StoreEvent,
  type Watch,
  withPrefix,
} from '../store/index.ts';
import { entriesOf } from './entries.ts';
import { EntryWriter } from './entry-writer.ts';
import { encodeLandmark, landmarkAt, lastKnownRevision, verdictOnLandmark } from './landmark.ts';

/** The context of the component. */
export interface TimelineContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  readonly timeline: TimelineLog;
}

/** A running timeline component. */
export interface Timeline {
  readonly close: () => Promise<void>;
}

/**
 * Starts the timeline component: it watches all changes, joins each with its writer, and records it with secrets
 * masked. After a restart it resumes at its last position. It never slows other components: changes that the store no
 * longer has, or that come faster than they can be written, are left out, and the log reports that.
 */
export function startTimeline(context: TimelineContext): Timeline {
  const closing = new AbortController();
  const running = new Recorder(context).run(closing.signal);
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
  readonly #marks = new SecretMarks();

  constructor(context: TimelineContext) {
    this.#context = context;
  }

  async run(closing: AbortSignal): Promise<void> {
    while (!closing.aborted) await this.#insist(closing, () => this.#recordHistory(closing));
  }

  /** Repeats a task until it succeeds; null if the component ends before. */
  async #insist<Result>(closing: AbortSignal, attempt: () => Promise<Result>): Promise<Result | null> {
    const { runtime, log } = this.#context;
    for (const pauses = reconnecting(); !closing.aborted; ) {
      try {
        return await attempt();
      } catch (error) {
        if (!isRetryable(error)) throw error;
        log.warn({ reason: errorText(error) }, 'The timeline was interrupted.');
        await sleep(runtime, pauses.nextMs(), closing);
      }
    }
    return null;
  }

  /** Records until the component ends, or the store has gone back to an older state. */
  async #recordHistory(closing: AbortSignal): Promise<void> {
    const writer = new EntryWriter(this.#context, await this.#begin());
    const over = new AbortController();
    const writing = writer.run(AbortSignal.any([closing, over.signal]));
    try {
      do {
        await this.#readTemplates();
        await this.#readMarks(writer.seenRevision);
      } while ((await this.#watch(writer, closing)) === 'compacted' && !closing.aborted);
      // The remaining entries belong to the history that has ended.
      writer.end();
      await writing;
    } finally {
      over.abort();
      await writing;
    }
  }

  /** The revision after which to resume: in the history that was seen last, or in another one that replaced it. */
  async #begin(): Promise<number> {
    const { store, timeline, log } = this.#context;
    const read: Read = (range, options) => store.get(range, options);
    const { revision: seen, landmark } = await timeline.seen();
    const verdict = await verdictOnLandmark(read, landmark);
    const { revision: now } = await store.get(oneKey(keys.model), { keysOnly: true });
    if (verdict !== 'different' && seen <= now) return seen;
    const revision = await lastKnownRevision(read, landmark, now);
    const reason = 'the store has gone back to an older state, or is another one';
    if (landmark === null) log.warn({ after: seen, upTo: revision, reason }, 'The timeline has a gap.');
    else log.warn({ seen, revision, reason }, 'The timeline continues in another history of the store.');
    await timeline.beginAnew({ revision, landmark: await landmarkAt(read, revision) });
    return revision;
  }

  /** Reads the templates, which determine the secret parameters of recorded jobs. */
  async #readTemplates(): Promise<void> {
    const { model, store } = this.#context;
    const url = model.types.get(TEMPLATE_TYPE)?.url;
    if (url === undefined) return;
    const { entries } = await readAll(store, withPrefix(resourceKey('config', url, '')));
    for (const entry of entries) this.#learn(entry);
  }

  /** Reads the marks as of the last recorded revision, and the present ones; those in between come with the watch. */
  async #readMarks(seenRevision: number): Promise<void> {
    const { store } = this.#context;
    const range = withPrefix(SECRET_MARKS);
    const { entries } = await readAll(store, range);
    for (const entry of entries) this.#learn(entry);
    if (seenRevision === 0) return;
    try {
      for (const entry of (await readAll(store, range, seenRevision)).entries) this.#learn(entry);
    } catch (error) {
      // The following revisions are compacted as well: the watch reports that.
      if (!isKamadoError(error, 'STORE_REFUSED')) throw error;
    }
  }

  #learn({ key, value, modRevision }: KeyValue): void {
    this.#marks.learn(key, value, modRevision);
    const template = templateMappingsOf(this.#context.model, key, value);
    if (template !== null) this.#templates.set(template.id, template.mappings);
  }

  /** Resolves when the component ends, or when the watch has ended before that: with the reason for that, or null. */
  #watch(writer: EntryWriter, closing: AbortSignal): Promise<'compacted' | 'rewound' | null> {
    const { store } = this.#context;
    return new Promise((resolve) => {
      let watch: Watch | null = null;
      const done = (why: 'compacted' | 'rewound' | null): void => {
        watch?.close();
        closing.removeEventListener('abort', onClosing);
        resolve(why);
      };
      const onClosing = (): void => done(null);
      watch = store.watch(
        withPrefix('/'),
        { fromRevision: writer.seenRevision + 1 },
        {
          onEvents: (events, revision) => this.#record(writer, events, revision),
          onCompacted: (compactRevision) => {
            writer.skipTo(compactRevision, 'the store had compacted the earlier changes');
            done('compacted');
          },
          onRewound: () => done('rewound'),
        },
      );
      closing.addEventListener('abort', onClosing, { once: true });
      if (closing.aborted) onClosing();
    });
  }

  #record(writer: EntryWriter, events: readonly StoreEvent[], revision: number): void {
    const { model, runtime } = this.#context;
    for (const event of events) if (event.type === 'put') this.#learn(event.entry);
    const entries = entriesOf(model, events, revision, runtime.nowMs());
    writer.add(
      entries.map((entry) => ({ ...entry, value: this.#shown(entry, events[entry.place]) })),
      revision,
      landmarkIn(events),
    );
  }

  #shown({ value }: ResourceTimelineEntry, event: StoreEvent | undefined): string {
    if (event?.type !== 'put') return value;
    const rules = { model: this.#context.model, templates: this.#templates, marks: this.#marks };
    try {
      return maskStoreValue(rules, event.entry).slice(0, limits.timelineValueBytes);
    } catch (error) {
      // A value that can't be parsed may hold secrets.
      this.#context.log.warn({ key: event.entry.key, reason: errorText(error) }, 'A value could not be masked.');
      return MASK;
    }
  }
}

/** The signature among a revision's events, as a landmark, or null. */
function landmarkIn(events: readonly StoreEvent[]): string | null {
  const last = events.at(-1);
  const isSignature = last?.type === 'put' && last.entry.key.startsWith(keys.writers);
  return isSignature ? encodeLandmark(last.entry) : null;
}
