import { isJsonObject, type Json, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** What a worker declares of a handler, so that the controller can plan for it. */
export interface HandlerRecord {
  readonly handler: string;
  /** One that can't modify tears down and builds again. */
  readonly canModify: boolean;
}

/** The key of a worker's record. */
export function workerKey(workerId: string): string {
  return `${keys.workers}${workerId}`;
}

/** The value of a worker's record: the handlers that it has. */
export function encodeWorker(handlers: readonly string[]): string {
  return JSON.stringify({ handlers });
}

/** The handlers in a worker's record; none where it isn't one. */
export function decodeWorker(value: string): readonly string[] {
  const record = parseJson(value);
  const handlers: readonly Json[] = isJsonObject(record) && Array.isArray(record.handlers) ? record.handlers : [];
  return handlers.filter((name) => typeof name === 'string');
}

/** The key of a handler's record. */
export function handlerKey(handler: string): string {
  return `${keys.handlers}${handler}`;
}

/** The value of a handler's record. */
export function encodeHandler({ handler, canModify }: HandlerRecord): string {
  return JSON.stringify({ handler, can_modify: canModify });
}

/** Reads a handler's record; null where it isn't one. */
export function decodeHandler(value: string): HandlerRecord | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.handler !== 'string') return null;
  return { handler: record.handler, canModify: record.can_modify !== false };
}
