import type { JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import type { Operation } from './context.ts';
import type { HookSubject, TransactionEvent } from './hooks.ts';
import type { TransactionFunction } from './sql.ts';
import { transactionOf } from './transaction.ts';

type Told = Pick<HookSubject, 'id' | 'resource'> & Partial<HookSubject>;

/**
 * Runs a type's hooks of an event. Returns the properties that they want set, where the event is before a write.
 * @param going what is on its way out already, as 'type:id', where the event is before a deletion
 */
export function* runHooks(
  operation: Operation,
  type: ResourceType,
  event: TransactionEvent,
  reported: Told,
  deletionSet: Set<string> = new Set(),
): TransactionFunction<JsonObject> {
  const { hooks, caller } = operation;
  if (!hooks.has(type.id, event)) return {};
  const subject: HookSubject = { previous: null, record: null, ...reported, caller };
  return (yield* hooks.run(type.id, event, subject, transactionOf(operation, deletionSet))) ?? {};
}
