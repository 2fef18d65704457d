import { kamadoError, limits, type Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import { beginUnknown } from './behaviour/lock-order.ts';
import { caused, type Operation, operationOf, type ResourceWrites, type TransactionContext } from './context.ts';
import { type Database, systemCaller } from './database.ts';
import { mirroredEvents, nextEvents, removeEvents, snapshot } from './event-transactions.ts';
import { noHooks, type TransactionHooks } from './hooks.ts';
import { isolationOf } from './isolation.ts';
import { listResources } from './list-transactions.ts';
import { getMeta, setMeta } from './meta-transactions.ts';
import { createOwnTables } from './own-tables.ts';
import { remove, removeResource } from './remove-transactions.ts';
import { getResource } from './resource-reads.ts';
import type { Caller } from './resource-row.ts';
import { addResource, changeResource, createResource, updateResource } from './resource-transactions.ts';
import { ConstraintViolation, type SqlDriver, type TransactionFunction } from './sql.ts';
import { applyMonitoring, applyState } from './state-transactions.ts';
import { createTypeTables } from './tables.ts';
import { transactionOf } from './transaction.ts';

/** The writes that another write causes. Their depth is counted. */
const writes: ResourceWrites = {
  create: (operation, type, id, given, explicit) =>
    caused(operation, type, createResource(operation, type, id, given, explicit)),
  change: (operation, type, row, patch, untouched) =>
    caused(operation, type, changeResource(operation, type, row, patch, untouched)),
  remove: (operation, type, row, deletionSet) => caused(operation, type, remove(operation, type, row, deletionSet)),
};

/**
 * Opens the system of record for a model: creates missing tables, and refuses changes that could lose data. The
 * database owns the driver from now on, and closes it.
 * @throws DATABASE_SCHEMA_CHANGE, DATABASE_NEWER, DATABASE_UNAVAILABLE
 */
export async function openDatabase(
  runtime: Runtime,
  driver: SqlDriver,
  model: Model,
  hooks: TransactionHooks = noHooks,
): Promise<Database> {
  const isolation = isolationOf(model, hooks);
  const context: TransactionContext = { model, dialect: driver.dialect, isolation, runtime, hooks, writes };
  const write = diagnosedWrites(driver, context);
  // A report of a worker isn't a request that could be refused for its size: many resources may wait for one.
  const report = <Result>(body: (operation: Operation) => TransactionFunction<Result>) =>
    write(systemCaller, body, limits.statusCascadeResources);
  const clusterId = await prepare(runtime, driver, model);
  return {
    clusterId,
    ...(driver.storage !== undefined && { storage: driver.storage }),
    create: (caller, type, id, body) => write(caller, (operation) => addResource(operation, type, id, body)),
    get: (_caller, type, id) => driver.readOne(() => getResource(context, type, id)),
    list: (_caller, type, query) => driver.read(() => listResources(context, type, query)),
    update: (caller, change) => write(caller, (operation) => updateResource(operation, change)),
    remove: (caller, type, id, expectedVersion) =>
      write(caller, (operation) => removeResource(operation, type, id, expectedVersion)),
    transaction: (caller, body) =>
      write(caller, function* (operation) {
        yield* beginUnknown(operation);
        return yield* body(transactionOf(operation, new Set()));
      }),
    applyState: (type, id, record) => report((operation) => applyState(operation, type, id, record)),
    applyMonitoring: (type, id, version, monitoring) =>
      report((operation) => applyMonitoring(operation, type, id, version, monitoring)),
    nextEvents: (done, limit) => driver.readOne(() => nextEvents(done, limit)),
    removeEvents: (done, mirrored) => driver.writeSoon(() => removeEvents(done, mirrored)),
    mirroredEvents: () => driver.readOne(mirroredEvents),
    onEvents: driver.onCommit,
    snapshot: (type, afterId, limit) => driver.readOne(() => snapshot(context, type, afterId, limit)),
    getMeta: (name) => driver.readOne(() => getMeta(name)),
    setMeta: (name, value) => driver.write(() => setMeta(name, value)),
    close: driver.close,
  };
}

async function prepare(runtime: Runtime, driver: SqlDriver, model: Model): Promise<string> {
  const newClusterId = runtime.uuid();
  try {
    return await driver.write(function* () {
      // Several processes may start at once. Only one of them makes the tables.
      if (driver.dialect.lockInstallation !== null) yield driver.dialect.lockInstallation;
      yield* createOwnTables(driver.dialect, newClusterId);
      yield* createTypeTables(driver.dialect, model);
      return (yield* getMeta('cluster')) ?? newClusterId;
    });
  } catch (error) {
    await driver.close();
    if (!(error instanceof ConstraintViolation)) throw error;
    const changes = `A unique constraint that was added does not hold for the rows that exist: ${error.constraint}`;
    throw kamadoError('DATABASE_SCHEMA_CHANGE', { changes }, { cause: error });
  }
}

/**
 * Runs writes of resources. If the database refuses one by a constraint, it is run again and looks for the conflicting
 * row, so that the error can name it. If that row is gone by then, the write succeeds.
 */
function diagnosedWrites(driver: SqlDriver, context: TransactionContext) {
  return async <Result>(
    caller: Caller,
    body: (operation: Operation) => TransactionFunction<Result>,
    resources?: number,
  ): Promise<Result> => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await driver.write(() => body(operationOf(context, caller, attempt > 1, resources)));
      } catch (error) {
        if (!(error instanceof ConstraintViolation) || attempt >= limits.databaseAttempts) throw error;
      }
    }
  };
}
