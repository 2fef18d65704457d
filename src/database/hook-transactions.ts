import type { JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import type { Operation } from './context.ts';
import type { HookSubject, TransactionEvent } from './hooks.ts';
import type { TransactionFunction } from './sql.ts';
import { transactionOf } from './transaction.ts';

type EventSubject = Pick<HookSubject, 'id' | 'resource'> & Partial<HookSubject>;

/**
 * Runs a type's hooks of an event. Returns the properties that they set, if the event is before a write.
 * @param deletionSet the resources that this transaction deletes, as 'type:id', if the event is before a deletion
 */
export function* runHooks(
  operation: Operation,
  type: ResourceType,
  event: TransactionEvent,
  eventSubject: EventSubject,
  deletionSet: Set<string> = new Set(),
): TransactionFunction<JsonObject> {
  const { hooks, caller } = operation;
  if (!hooks.has(type.id, event)) return {};
  const subject: HookSubject = { previous: null, record: null, ...eventSubject, caller };
  return (yield* hooks.run(type.id, event, subject, transactionOf(operation, deletionSet))) ?? {};
}
