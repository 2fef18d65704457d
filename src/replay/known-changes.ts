import type { Model } from '../model/model.ts';
import { type ConfigRecord, decodeConfig } from '../records/config-record.ts';
import { decodeHandler, type HandlerRecord } from '../records/handler-record.ts';
import { keys, parseResourceKey, TEMPLATE_TYPE } from '../records/keys.ts';
import type { KnownChange } from './plan-comparison.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** A key and its value. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** The configs and handlers of a system, as they come to be known. */
class KnownSystem {
  readonly #model: Model;
  readonly #configs = new Map<string, ConfigRecord>();
  readonly #handlers: Map<string, boolean>;

  constructor(model: Model, handlers: readonly HandlerRecord[]) {
    this.#model = model;
    this.#handlers = new Map(handlers.map(({ handler, canModify }) => [handler, canModify]));
  }

  /** Takes an entry over; the change that it is, where it is a config that may be worked on. */
  take({ key, value }: Entry): KnownChange | null {
    if (key.startsWith(keys.handlers)) {
      const record = decodeHandler(value);
      if (record !== null) this.#handlers.set(record.handler, record.canModify);
      return null;
    }
    const resource = parseResourceKey(key);
    const type = resource?.family === 'config' ? this.#model.byUrl.get(resource.url) : undefined;
    const config = type === undefined ? null : decodeConfig(value);
    if (resource === null || type === undefined || config === null) return null;
    const path = `${type.id}:${resource.id}`;
    const previous = this.#configs.get(path)?.body ?? null;
    this.#configs.set(path, config);
    return type.id === TEMPLATE_TYPE ? null : this.#change(type.id, resource.id, config, previous);
  }

  remove(key: string): void {
    const resource = parseResourceKey(key);
    const type = resource?.family === 'config' ? this.#model.byUrl.get(resource.url) : undefined;
    if (resource !== null && type !== undefined) this.#configs.delete(`${type.id}:${resource.id}`);
  }

  #change(type: string, id: string, config: ConfigRecord, previous: KnownChange['previous']): KnownChange {
    return {
      type,
      id,
      config,
      previous,
      lookup: (otherType, otherId) => this.#configs.get(`${otherType}:${otherId}`)?.body,
      canModify: (handler) => this.#handlers.get(handler) ?? true,
    };
  }
}

/** The changes of a recorded run, one after the other; each is to be used before the next is asked for. */
export function* changesOfRun(
  model: Model,
  handlers: readonly HandlerRecord[],
  events: readonly RecordedEvent[],
): Generator<KnownChange> {
  const system = new KnownSystem(model, handlers);
  for (const event of events) {
    const change = event.kind === 'delete' ? null : system.take(event);
    if (event.kind === 'delete') system.remove(event.key);
    if (change !== null && event.kind === 'put') yield change;
  }
}

/** The present configs of a system, each as if it were built now. */
export function changesOfSystem(
  model: Model,
  handlers: readonly HandlerRecord[],
  entries: readonly Entry[],
): readonly KnownChange[] {
  const system = new KnownSystem(model, handlers);
  return entries.flatMap((entry) => {
    const change = system.take(entry);
    return change === null ? [] : [{ ...change, previous: null }];
  });
}
