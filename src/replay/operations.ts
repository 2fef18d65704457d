import { encodeHandler, type HandlerRecord, handlerKey } from '../records/index.ts';
import type { Operation } from '../store/index.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** The operation that a recorded event was. */
export function operationOf({ kind, key, value }: RecordedEvent): Operation {
  return kind === 'delete' ? { type: 'delete', range: { from: key } } : { type: 'put', key, value };
}

/** What workers write of their handlers, before they take a job. */
export function declarationsOf(handlers: readonly HandlerRecord[]): readonly Operation[] {
  return handlers.map((record) => ({ type: 'put', key: handlerKey(record.handler), value: encodeHandler(record) }));
}
