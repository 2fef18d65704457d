import { type Json, type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import { kindFault, newId, type ResourceType, validationFailed, withDefaults } from '../schema/index.ts';
import { type Operation, typeOf } from './context.ts';
import type { Transaction } from './hooks.ts';
import { getResource, lockResource } from './resource-reads.ts';
import type { Row } from './resource-row.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { quoted, rows, sqlOnce, type TransactionFunction } from './sql.ts';

/**
 * The operations that a hook may use inside of the transaction of an operation.
 * @param deletionSet the resources that this transaction deletes: removals by the hook join it
 */
export function transactionOf(operation: Operation, deletionSet: Set<string>): Transaction {
  return {
    get: (type, id) => getResource(operation, type, id),
    list: (type, where) => listWhere(typeOf(operation, type), where),
    create: (type, body) => create(operation, typeOf(operation, type), body),
    update: (type, id, patch) => update(operation, typeOf(operation, type), id, patch),
    remove: (type, id) => remove(operation, typeOf(operation, type), id, deletionSet),
  };
}

function* listWhere(
  type: ResourceType,
  where: { readonly [field: string]: Json },
): TransactionFunction<readonly Row[]> {
  checkNames(type, where);
  const conditions = [...type.properties].filter(({ name }) => Object.hasOwn(where, name));
  const tests = conditions.map((property) => {
    const isNull = toColumn(property, where[property.name]) === null;
    return isNull ? `t.${quoted(property.name)} IS NULL` : `t.${quoted(property.name)} = ?`;
  });
  const values = conditions
    .map((property) => toColumn(property, where[property.name]))
    .filter((value) => value !== null);
  const condition = tests.length === 0 ? '' : ` WHERE ${tests.join(' AND ')}`;
  const most = limits.transactionListRows;
  const statement = `${selectFrom(type)}${condition} ORDER BY t.id LIMIT ?`;
  const found = yield* rows(sqlOnce(statement, type.id, ...values, most + 1));
  if (found.length > most) throw kamadoError('TRANSACTION_TOO_LARGE', { limit: most });
  return found.map((row) => toRow(type, row));
}

function* create(operation: Operation, type: ResourceType, body: JsonObject): TransactionFunction<Row> {
  checkNames(type, body);
  const { id: given } = body;
  const id = typeof given === 'string' && given !== '' ? given : newId(operation.runtime, type);
  const explicit = new Set(Object.keys(body));
  return yield* operation.writes.create(operation, type, id, withDefaults(type, { ...body, id }), explicit);
}

function* update(operation: Operation, type: ResourceType, id: string, patch: JsonObject): TransactionFunction<Row> {
  checkNames(type, patch);
  const row = yield* lockResource(operation, type.id, id);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id });
  if (row.markedForDeletion) throw kamadoError('RESOURCE_MARKED', { type: type.id, id });
  return yield* operation.writes.change(operation, type, row, patch, new Set());
}

function* remove(
  operation: Operation,
  type: ResourceType,
  id: string,
  deletionSet: Set<string>,
): TransactionFunction<void> {
  const row = yield* lockResource(operation, type.id, id);
  if (row === null) throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id });
  yield* operation.writes.remove(operation, type, row, deletionSet);
}

/** Checks writes that don't come through the API, too: a value that its property can't hold must not be committed. */
function checkNames(type: ResourceType, body: JsonObject): void {
  const faults = Object.entries(body).flatMap(([name, value]) => kindFault(type, name, value) ?? []);
  if (faults.length > 0) throw validationFailed(type, faults);
}
