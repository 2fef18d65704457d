import type { JsonObject } from '../kernel/index.ts';
import {
  type ConfigRecord,
  type JobFailure,
  type ProcessedConfig,
  parseFailureKey,
  parseResourceKey,
  type ResourceKey,
  type StateRecord,
} from '../records/index.ts';
import type { Model, ResourceType } from '../schema/index.ts';
import type { StoreEntry } from './store-record.ts';

/** A value that was read, with the revision for a transaction to compare. */
export interface Seen<Value> {
  readonly value: Value;
  readonly entry: StoreEntry;
}

/** The store's content about one resource. */
export interface ResourceView {
  readonly config: Seen<ConfigRecord> | null;
  /** The config that was planned last. */
  readonly processed: Seen<ProcessedConfig> | null;
  /** The config that was applied before the workflow in progress, if it isn't `processed`. */
  readonly applied: Seen<ProcessedConfig> | null;
  readonly state: Seen<StateRecord> | null;
  /** The last workflow that ended without success. */
  readonly failure: Seen<JobFailure> | null;
}

const nothing: ResourceView = { config: null, processed: null, applied: null, state: null, failure: null };

/** A resource's type and id. */
export interface ResourcePath {
  readonly type: ResourceType;
  readonly id: string;
}

/** 'type:id', as references are written. */
export function pathKey(typeId: string, id: string): string {
  return `${typeId}:${id}`;
}

/** All resources that the store holds, decoded once, by 'type:id'. */
export class ResourceViews {
  readonly #model: Model;
  readonly #views = new Map<string, ResourceView>();

  constructor(model: Model) {
    this.#model = model;
  }

  get(path: string): ResourceView {
    return this.#views.get(path) ?? nothing;
  }

  paths(): readonly string[] {
    return [...this.#views.keys()];
  }

  /** The body of a resource's config, or undefined. */
  body(typeId: string, id: string): JsonObject | undefined {
    return this.get(pathKey(typeId, id)).config?.value.body;
  }

  /** The resource ('type:id') to which a key belongs, if its type is known. */
  pathOf(key: string): string | null {
    return this.parse(key)?.path ?? null;
  }

  /** The type and id behind 'type:id'. */
  resolve(path: string): ResourcePath | null {
    const cut = path.indexOf(':');
    const type = this.#model.types.get(path.slice(0, cut));
    return type === undefined ? null : { type, id: path.slice(cut + 1) };
  }

  /** Applies an entry to its resource's view. */
  set(entry: StoreEntry): void {
    const change = partOf(entry);
    if (change !== null) this.#keep(change.path, change.part);
  }

  delete(key: string): void {
    const failed = parseFailureKey(key);
    const found = this.parse(key);
    if (failed !== null) this.#keep(failed, { failure: null });
    else if (found !== null) this.#keep(found.path, without(found.key));
  }

  #keep(path: string, part: Partial<ResourceView>): void {
    const view = { ...this.get(path), ...part };
    if (Object.values(view).every((part) => part === null)) this.#views.delete(path);
    else this.#views.set(path, view);
  }

  /** The resource to which a key belongs, if its type is known. */
  parse(key: string): { readonly path: string; readonly key: ResourceKey } | null {
    const resource = parseResourceKey(key);
    const type = resource === null ? undefined : this.#model.byUrl.get(resource.url);
    return resource === null || type === undefined ? null : { path: pathKey(type.id, resource.id), key: resource };
  }
}

/** The part of a resource's view that an entry is about, if it is about one. */
function partOf(entry: StoreEntry): { readonly path: string; readonly part: Partial<ResourceView> } | null {
  const record = entry.value;
  switch (record.kind) {
    case 'config':
      return { path: record.path, part: { config: seen(entry, record.value) } };
    case 'processed':
    case 'applied':
      return { path: record.path, part: { [record.kind]: seen(entry, record.value) } };
    case 'state':
      return { path: record.path, part: { state: seen(entry, record.value) } };
    case 'failure':
      return { path: record.path, part: { failure: seen(entry, record.value) } };
    default:
      return null;
  }
}

function without({ family }: ResourceKey): Partial<ResourceView> {
  switch (family) {
    case 'config':
    case 'processed':
    case 'applied':
    case 'state':
      return { [family]: null };
    case 'monitoring':
    case 'jobState':
    case 'heatStack':
    case 'hostKey':
      return {};
  }
}

function seen<Value>(entry: StoreEntry, value: Value | null): Seen<Value> | null {
  return value === null ? null : { value, entry };
}
