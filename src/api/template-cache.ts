import { type JsonObject, limits } from '../kernel/index.ts';
import { resourceKey, TEMPLATE_TYPE } from '../records/index.ts';
import { type TemplateMappings, templateMappingsOf } from '../redaction/index.ts';
import type { Model } from '../schema/index.ts';
import { type KeyRange, type Store, type Watch, withPrefix } from '../store/index.ts';

/** The current templates, which determine the secrets of a job. They are read when first needed, then watched. */
export class TemplateCache {
  readonly #model: Model;
  readonly #store: Store;
  readonly #range: KeyRange | null;
  readonly #mappings = new Map<string, JsonObject>();
  #loading: Promise<void> | undefined;
  #watch: Watch | undefined;
  #closed = false;

  constructor(model: Model, store: Store) {
    const type = model.types.get(TEMPLATE_TYPE);
    this.#model = model;
    this.#store = store;
    this.#range = type === undefined ? null : withPrefix(resourceKey('config', type.url, ''));
  }

  /** The mappings by template, kept up to date. A missing template hides values, never reveals them. */
  async current(): Promise<TemplateMappings> {
    if (this.#range !== null) {
      this.#loading ??= this.#load(this.#range);
      try {
        await this.#loading;
      } catch (error) {
        this.#loading = undefined;
        throw error;
      }
    }
    return this.#mappings;
  }

  close(): void {
    this.#closed = true;
    this.#watch?.close();
  }

  async #load(range: KeyRange): Promise<void> {
    let page = await this.#store.get(range, { limit: limits.storePageKeys });
    const { revision } = page;
    for (;;) {
      for (const { key, value } of page.entries) this.#put(key, value);
      const last = page.entries.at(-1);
      if (last === undefined || page.entries.length >= page.count) break;
      page = await this.#store.get({ ...range, from: `${last.key}\0` }, { limit: limits.storePageKeys, revision });
    }
    if (this.#closed) return;
    this.#watch = this.#store.watch(
      range,
      { fromRevision: revision + 1 },
      {
        onEvents: (events) => {
          for (const event of events) {
            if (event.type === 'put') this.#put(event.entry.key, event.entry.value);
            else this.#mappings.delete(event.key.slice(event.key.lastIndexOf('/') + 1));
          }
        },
        // Changes were missed: the known templates may be outdated, so they are dropped.
        onCompacted: () => {
          this.#mappings.clear();
          this.#loading = undefined;
        },
      },
    );
  }

  #put(key: string, value: string): void {
    const template = templateMappingsOf(this.#model, key, value);
    if (template !== null) this.#mappings.set(template.id, template.mappings);
  }
}
