import { isJsonObject, type Json, parseJson } from '../kernel/index.ts';
import { keys } from './keys.ts';

/** A worker's declaration of a handler, from which the controller plans. */
export interface HandlerRecord {
  readonly handler: string;
  /** Whether the handler can modify. Otherwise it deletes and creates again. */
  readonly canModify: boolean;
}

/** The key of a worker's record. */
export function workerKey(workerId: string): string {
  return `${keys.workers}${workerId}`;
}

/** The value of a worker's record: the names of its handlers. */
export function encodeWorker(handlers: readonly string[]): string {
  return JSON.stringify({ handlers });
}

/** Returns the handlers in a worker's record; none if it isn't valid. */
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

/** Reads a handler's record. null if it isn't valid. */
export function decodeHandler(value: string): HandlerRecord | null {
  const record = parseJson(value);
  if (!isJsonObject(record) || typeof record.handler !== 'string') return null;
  return { handler: record.handler, canModify: record.can_modify !== false };
}
