import { ControllerState } from '../controller/index.ts';
import { type HandlerRecord, parseResourceKey, TEMPLATE_TYPE } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import type { Operation } from '../store/index.ts';
import { declarationsOf, operationOf } from './operations.ts';
import type { KnownChange } from './plan-comparison.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** A key and its value. */
export interface Entry {
  readonly key: string;
  readonly value: string;
}

/** The knowledge of a controller about a system, built up entry by entry. */
class KnownSystem {
  readonly #state: ControllerState;
  #revision = 0;

  constructor(model: Model, handlers: readonly HandlerRecord[]) {
    this.#state = new ControllerState(model);
    for (const declaration of declarationsOf(handlers)) this.apply(declaration);
  }

  apply(operation: Operation): void {
    this.#state.mirror.stage([operation]);
    this.#state.mirror.confirm(++this.#revision);
  }

  /** The body of the config at a key. */
  bodyAt(key: string): KnownChange['previous'] {
    const path = this.#state.resources.pathOf(key);
    return path === null ? null : (this.#state.resources.get(path).config?.value.body ?? null);
  }

  /** The change that an entry makes, if it is a config for which jobs may be planned. */
  changeAt(key: string, previous: KnownChange['previous']): KnownChange | null {
    const { resources } = this.#state;
    const path = parseResourceKey(key)?.family === 'config' ? resources.pathOf(key) : null;
    const resource = path === null ? null : resources.resolve(path);
    const config = path === null ? null : resources.get(path).config;
    if (resource === null || config === null || resource.type.id === TEMPLATE_TYPE) return null;
    return {
      type: resource.type.id,
      id: resource.id,
      config: config.value,
      previous,
      lookup: (type, id) => resources.body(type, id),
      canModify: (handler) => this.#state.canModify(handler),
    };
  }
}

/** The changes of a recorded run, one after the other; each must be used before the next is requested. */
export function* changesOfRun(
  model: Model,
  handlers: readonly HandlerRecord[],
  events: readonly RecordedEvent[],
): Generator<KnownChange> {
  const system = new KnownSystem(model, handlers);
  for (const event of events) {
    const previous = system.bodyAt(event.key);
    system.apply(operationOf(event));
    const change = event.kind === 'put' ? system.changeAt(event.key, previous) : null;
    if (change !== null) yield change;
  }
}

/** The present configs of a system, each as if it were built now. */
export function changesOfSystem(
  model: Model,
  handlers: readonly HandlerRecord[],
  entries: readonly Entry[],
): readonly KnownChange[] {
  const system = new KnownSystem(model, handlers);
  for (const { key, value } of entries) system.apply({ type: 'put', key, value });
  return entries.flatMap(({ key }) => system.changeAt(key, null) ?? []);
}
