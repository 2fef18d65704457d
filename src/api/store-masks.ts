import { isKamadoError } from '../kernel/index.ts';
import {
  jobMarkKey,
  outputsMarkKey,
  PROPERTY_MARKS,
  parseJobKey,
  parseResourceKey,
  SECRET_MARKS,
} from '../records/index.ts';
import { type MaskRules, SecretMarks } from '../redaction/index.ts';
import type { Model } from '../schema/index.ts';
import { type KeyRange, type KeyValue, readAll, type Store, type StoreEvent, withPrefix } from '../store/index.ts';
import type { TemplateCache } from './template-cache.ts';

/** Masks the views of a store. The marks of secrets are read with the entries, as of the same revision. */
export class StoreMasks {
  readonly #store: Store;
  readonly #templates: TemplateCache;
  readonly #model: Model;
  readonly #marks = new SecretMarks();

  constructor(model: Model, store: Store, templates: TemplateCache) {
    this.#model = model;
    this.#store = store;
    this.#templates = templates;
  }

  /**
   * The rules for entries that were read as of a revision, or a moment ago: a job that has left the queue by now has no
   * mark.
   */
  async forEntries(entries: readonly KeyValue[], revision?: number): Promise<MaskRules> {
    await Promise.all(marksOf(entries).map((range) => this.#learn(range, revision)));
    return await this.#rules();
  }

  /**
   * The rules for the changes from a revision on (0: from now on), and the revision from which the changes have to be
   * watched together with those of the marks (`withMarks`).
   */
  async forChanges(from: number): Promise<{ readonly rules: MaskRules; readonly fromRevision: number }> {
    const before = await this.#learnBefore(from);
    return { rules: await this.#rules(), fromRevision: from === 0 ? before + 1 : from };
  }

  /** Applies the marks among the changes of one revision. Called before any of the changes is rendered. */
  learn(events: readonly StoreEvent[]): void {
    for (const event of events) {
      if (event.type === 'put') this.#marks.learn(event.entry.key, event.entry.value, event.entry.modRevision);
    }
  }

  async #rules(): Promise<MaskRules> {
    return { model: this.#model, templates: await this.#templates.current(), marks: this.#marks };
  }

  /**
   * Reads all marks as they were before a revision; as they are now if the store no longer has that revision, or
   * doesn't have it yet.
   */
  async #learnBefore(from: number): Promise<number> {
    if (from > 1) {
      try {
        return await this.#learn(withPrefix(SECRET_MARKS), from - 1);
      } catch (error) {
        if (!isKamadoError(error, 'STORE_REFUSED')) throw error;
      }
    }
    return await this.#learn(withPrefix(SECRET_MARKS));
  }

  /** Reads marks, as of a revision or now; returns the revision. */
  async #learn(range: KeyRange, asOf?: number): Promise<number> {
    const { entries, revision } = await readAll(this.#store, range, asOf);
    for (const { key, value, modRevision } of entries) this.#marks.learn(key, value, modRevision);
    return revision;
  }
}

/** A range that holds some keys and all marks: one watch delivers the changes of one transaction together. */
export function withMarks({ from, to = `${from}\0` }: KeyRange): KeyRange {
  // '\0' stands for no end.
  if (to === '\0') return { from, to };
  const marks = withPrefix(SECRET_MARKS);
  const end = marks.to ?? to;
  return { from: from < marks.from ? from : marks.from, to: to > end ? to : end };
}

/** Whether a range holds a key. */
export function holds({ from, to = `${from}\0` }: KeyRange, key: string): boolean {
  return key >= from && (to === '\0' || key < to);
}

/** The ranges of the marks of entries: keys of marks sort like the keys that they mark. */
function marksOf(entries: readonly KeyValue[]): readonly KeyRange[] {
  const jobs: string[] = [];
  const outputs: string[] = [];
  for (const { key } of entries) {
    const job = parseJobKey(key);
    if (job?.queue === 'all') jobs.push(jobMarkKey(job.jobId));
    const resource = parseResourceKey(key);
    if (resource !== null && haveOutputs.has(resource.family)) outputs.push(outputsMarkKey(resource.url, resource.id));
  }
  return [...[jobs, outputs].flatMap((keys) => rangeOf(keys.sort())), withPrefix(PROPERTY_MARKS)];
}

const haveOutputs: ReadonlySet<string> = new Set(['state', 'jobState', 'heatStack']);

function rangeOf(sorted: readonly string[]): readonly KeyRange[] {
  const [first] = sorted;
  const last = sorted.at(-1);
  return first === undefined || last === undefined ? [] : [{ from: first, to: `${last}\0` }];
}
