import { encodeHandler, type HandlerRecord, handlerKey } from '../records/index.ts';
import type { Operation } from '../store/index.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** The operation of a recorded event. */
export function operationOf({ kind, key, value }: RecordedEvent): Operation {
  return kind === 'delete' ? { type: 'delete', range: { from: key } } : { type: 'put', key, value };
}

/** The declarations that workers write about their handlers before they claim a job. */
export function declarationsOf(handlers: readonly HandlerRecord[]): readonly Operation[] {
  return handlers.map((record) => ({ type: 'put', key: handlerKey(record.handler), value: encodeHandler(record) }));
}
