import type { JsonObject } from '../../kernel/index.ts';
import { decodeConfig, resourceKey } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { Operation } from '../../store/index.ts';
import { operationOf } from '../operations.ts';
import type { RecordedEvent } from '../recorded-event.ts';
import type { RecordedRun } from '../run-folder.ts';
import type { MadeWrite } from './worker-world.ts';

/** Matches keys that the replay writes by itself: the queue, and Kamado's own records. */
const own = /^\/(?:jobs|kamado)\//;

/** The content of the store, from the events and from the worker's writes. */
export class RecordedStore {
  readonly #model: Model;
  readonly #events: readonly RecordedEvent[];
  readonly #held = new Map<string, string>();
  #next = 0;

  constructor({ model, events }: RecordedRun) {
    this.#model = model;
    this.#events = events;
  }

  /** The writes up to a place, each key once. */
  upTo(place: number): readonly Operation[] {
    const last = new Map<string, RecordedEvent>();
    for (; this.#next < place; this.#next++) {
      const event = this.#events[this.#next];
      if (event !== undefined && !own.test(event.key)) last.set(event.key, event);
    }
    for (const { kind, key, value } of last.values()) this.note({ key, value: kind === 'delete' ? undefined : value });
    return [...last.values()].map(operationOf);
  }

  /** The later writes of a key; pollers of different keys may be at different times. */
  later(key: string): readonly Operation[] {
    const event = this.#events.find((one, place) => place >= this.#next && one.key === key && one.kind === 'put');
    if (event !== undefined) this.note(event);
    return event === undefined ? [] : [operationOf(event)];
  }

  note({ key, value }: MadeWrite): void {
    if (value === undefined) this.#held.delete(key);
    else this.#held.set(key, value);
  }

  has(key: string): boolean {
    return this.#held.has(key);
  }

  /** The body of a resource's config, or undefined. */
  body(type: string, id: string): JsonObject | undefined {
    const url = this.#model.types.get(type)?.url;
    const value = url === undefined ? undefined : this.#held.get(resourceKey('config', url, id));
    return value === undefined ? undefined : decodeConfig(value)?.body;
  }
}
