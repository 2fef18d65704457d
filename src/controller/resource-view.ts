import { type JsonObject, jsonEqual } from '../kernel/json.ts';
import type { Model, ResourceType } from '../model/model.ts';
import { type ConfigRecord, decodeConfig, decodeProcessed, type ProcessedConfig } from '../records/config-record.ts';
import { decodeFailure, type JobFailure, parseFailureKey } from '../records/job-failure.ts';
import { parseResourceKey, type ResourceKey } from '../records/keys.ts';
import { decodeState, type StateRecord } from '../records/state-record.ts';
import type { MirrorEntry } from './mirror.ts';

/** A value that was read, with the revision that a transaction compares. */
export interface Seen<Value> {
  readonly value: Value;
  readonly entry: MirrorEntry;
}

/** What the store holds of one resource. */
export interface ResourceView {
  readonly config: Seen<ConfigRecord> | null;
  /** What was planned last. */
  readonly processed: Seen<ProcessedConfig> | null;
  /** What was applied before the workflow under way, where that isn't `processed`. */
  readonly applied: Seen<ProcessedConfig> | null;
  readonly state: Seen<StateRecord> | null;
  /** The last workflow that ended without success. */
  readonly failure: Seen<JobFailure> | null;
}

const nothing: ResourceView = { config: null, processed: null, applied: null, state: null, failure: null };

/** A resource's place: its type and id. */
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

  /** The resource that a key speaks of ('type:id'), where its type is known. */
  pathOf(key: string): string | null {
    return this.#parse(key)?.path ?? null;
  }

  /** The type and id behind 'type:id'. */
  resolve(path: string): ResourcePath | null {
    const cut = path.indexOf(':');
    const type = this.#model.types.get(path.slice(0, cut));
    return type === undefined ? null : { type, id: path.slice(cut + 1) };
  }

  set(entry: MirrorEntry): void {
    this.#update(entry.key, entry);
  }

  delete(key: string): void {
    this.#update(key, null);
  }

  #update(key: string, entry: MirrorEntry | null): void {
    const failed = parseFailureKey(key);
    const found = this.#parse(key);
    if (failed !== null) this.#keep(failed, { ...this.get(failed), failure: seen(entry, decodeFailure) });
    else if (found !== null) this.#keep(found.path, withEntry(this.get(found.path), found.resource, entry));
  }

  #keep(path: string, view: ResourceView): void {
    if (Object.values(view).every((part) => part === null)) this.#views.delete(path);
    else this.#views.set(path, view);
  }

  #parse(key: string): { readonly path: string; readonly resource: ResourceKey } | null {
    const resource = parseResourceKey(key);
    const type = resource === null ? undefined : this.#model.byUrl.get(resource.url);
    return resource === null || type === undefined ? null : { path: pathKey(type.id, resource.id), resource };
  }
}

function withEntry(view: ResourceView, { family }: ResourceKey, entry: MirrorEntry | null): ResourceView {
  switch (family) {
    case 'config':
      return { ...view, config: seen(entry, decodeConfig) };
    case 'processed':
      return { ...view, processed: sharing(view.config, seen(entry, decodeProcessed)) };
    case 'applied':
      return { ...view, applied: seen(entry, decodeProcessed) };
    case 'state':
      return { ...view, state: seen(entry, decodeState) };
    case 'monitoring':
    case 'jobState':
    case 'heatStack':
    case 'hostKey':
      return view;
  }
}

function seen<Value>(entry: MirrorEntry | null, decode: (value: string) => Value | null): Seen<Value> | null {
  const value = entry === null ? null : decode(entry.value);
  return entry === null || value === null ? null : { value, entry };
}

/** What was planned last is mostly what the config is: one body for both takes an eighth less memory for everything. */
function sharing(
  config: Seen<ConfigRecord> | null,
  processed: Seen<ProcessedConfig> | null,
): Seen<ProcessedConfig> | null {
  if (config === null || processed === null) return processed;
  const { body } = config.value;
  return jsonEqual(processed.value.body, body) ? { ...processed, value: { ...processed.value, body } } : processed;
}
