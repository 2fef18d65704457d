import type { Json, JsonObject } from '../../kernel/index.ts';
import { evaluateValue, type ResourceType, type Value, type ValueContext, withDefaults } from '../../schema/index.ts';
import { type Operation, typeOf } from '../context.ts';
import { lockRelated } from '../reference-transactions.ts';
import type { TransactionFunction } from '../sql.ts';
import { evaluated, type Subject } from './evaluate.ts';

/** Makes the resources that a new resource needs, unless they exist. */
export function* ensureResources(
  operation: Operation,
  type: ResourceType,
  subject: Subject,
): TransactionFunction<void> {
  for (const ensured of type.behaviour.ensures) {
    const place = `${type.id}, ensures ${ensured.name}`;
    const id = yield* evaluated(operation, subject, (context) => evaluateValue(ensured.id, context, place));
    if (typeof id !== 'string' || id === '') continue;
    const [known] = yield* lockRelated(operation, [{ field: ensured.name, target: ensured.type, id }]);
    if (known?.found !== 'missing') continue;
    const target = typeOf(operation, ensured.type);
    const values = yield* evaluated(operation, subject, (context) => evaluatedAll(ensured.properties, context, place));
    const body = withDefaults(target, values);
    yield* operation.writes.create(operation, target, id, body, new Set(Object.keys(values)));
  }
}

/** Values by property. */
export function evaluatedAll(values: ReadonlyMap<string, Value>, context: ValueContext, place: string): JsonObject {
  const entries = [...values].map(([name, value]): [string, Json] => [
    name,
    evaluateValue(value, context, `${place}, ${name}`),
  ]);
  return Object.fromEntries(entries);
}
