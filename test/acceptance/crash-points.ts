import { dataFile, dataFiles, type Factories, productFactories } from '../../src/app/factories.ts';
import type { SqlDriver, Statement, TransactionFunction } from '../../src/database/sql.ts';
import { openSqliteDriver } from '../../src/database/sqlite/sqlite-driver.ts';
import type { StackEngine } from '../../src/southbound/stack/stack.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import type { Persistence } from '../../src/store/embedded/persistence.ts';
import { sqlitePersistence } from '../../src/store/embedded/sqlite-persistence.ts';
import type { Operation, Store } from '../../src/store/store.ts';

/** Where a process ends itself: at the n-th point that it passes (from 1), or at the first one of that name. */
export type CrashAt = { readonly nth: number } | { readonly name: string };

/**
 * The points of a process at which a `kill -9` is tried. They count from `arm` on; at the chosen one the process kills
 * itself, which nothing can catch or delay.
 */
export class CrashPoints {
  #passed: string[] | null = null;
  #at: CrashAt | null = null;

  arm(at: CrashAt | null): void {
    this.#passed = [];
    this.#at = at;
  }

  /** The names of the points since `arm`, in order. */
  get passed(): readonly string[] {
    return this.#passed ?? [];
  }

  pass(name: string): void {
    if (this.#passed === null) return;
    this.#passed.push(name);
    if (this.#at === null) return;
    const reached = 'nth' in this.#at ? this.#passed.length === this.#at.nth : this.#at.name === name;
    if (reached) process.kill(process.pid, 'SIGKILL');
  }
}

/** The product on the embedded store and SQLite, with a point before and after every commit of each of its files. */
export function embeddedFactories(points: CrashPoints): Factories {
  const hooks = (file: string) => ({
    beforeCommit: () => points.pass(`before ${file}`),
    afterCommit: () => points.pass(`after ${file}`),
  });
  return {
    database: async ({ runtime, settings }) =>
      openSqliteDriver(runtime, await dataFile(settings, dataFiles.database), hooks('database')),
    timeline: async ({ runtime, settings }) =>
      openSqliteDriver(runtime, await dataFile(settings, dataFiles.timeline), {
        durability: 'process end',
        ...hooks('timeline'),
      }),
    store: async ({ runtime, log, settings }) => {
      const persistence = sqlitePersistence(await dataFile(settings, dataFiles.store));
      return await openEmbeddedStore({ runtime, log, persistence: withPoints(persistence, points) });
    },
    stacks: async (context) => {
      const stacks = await productFactories.stacks(context);
      return stacks === null ? null : stacksWithPoints(stacks, points);
    },
  };
}

/** An engine with a point before and after each call that it answers. */
function stacksWithPoints(engine: StackEngine, points: CrashPoints): StackEngine {
  const pointed =
    <Given extends readonly unknown[], Result>(name: string, call: (...given: Given) => Promise<Result>) =>
    async (...given: Given): Promise<Result> => {
      points.pass(`before stack ${name}`);
      const result = await call(...given);
      points.pass(`after stack ${name}`);
      return result;
    };
  return {
    create: pointed('create', engine.create),
    update: pointed('update', engine.update),
    delete: pointed('delete', engine.delete),
    show: pointed('show', engine.show),
    statuses: pointed('statuses', engine.statuses),
    events: pointed('events', engine.events),
    close: engine.close,
  };
}

function withPoints(persistence: Persistence, points: CrashPoints): Persistence {
  return {
    load: () => persistence.load(),
    commit: (batch) => {
      points.pass('before store');
      persistence.commit(batch);
      points.pass('after store');
    },
    read: (row) => persistence.read(row),
    close: () => persistence.close(),
  };
}

/** The product on etcd and PostgreSQL, with a point before and after each transaction, named by what it is for. */
export function networkFactories(points: CrashPoints): Factories {
  return {
    ...productFactories,
    database: async (context) => driverWithPoints(await productFactories.database(context), points),
    store: async (context) => storeWithPoints(await productFactories.store(context), points),
  };
}

function storeWithPoints(store: Store, points: CrashPoints): Store {
  return {
    ...store,
    get: (range, options) => store.get(range, options),
    transact: async (transaction) => {
      const kind = storeKind(transaction.success);
      if (kind !== null) points.pass(`before ${kind}`);
      const result = await store.transact(transaction);
      if (kind !== null && result.succeeded) points.pass(`after ${kind}`);
      return result;
    },
    watch: (range, options, watcher) => store.watch(range, options, watcher),
    lease: (ttlMs) => store.lease(ttlMs),
    compact: (revision) => store.compact(revision),
    close: () => store.close(),
  };
}

/** Which step of a resource's life a transaction of the store is; null for what isn't one. */
function storeKind(operations: readonly Operation[]): string | null {
  const puts = (prefix: string) => operations.some((op) => op.type === 'put' && op.key.startsWith(prefix));
  const deletes = (prefix: string) => operations.some((op) => op.type === 'delete' && op.range.from.startsWith(prefix));
  if (puts('/kamado/sync/cursor')) return deletes('/config/') ? 'config removed' : 'config';
  if (puts('/jobs/all/')) return 'plan';
  if (puts('/jobs/working/')) return 'claim';
  if (puts('/jobs/finished/')) return 'finish';
  if (deletes('/jobs/all/')) return 'settle';
  if (puts('/esi-worker/job_state/')) return 'result';
  if (deletes('/esi-worker/config/')) return 'forget';
  return null;
}

function driverWithPoints(driver: SqlDriver, points: CrashPoints): SqlDriver {
  const withPoints =
    (write: SqlDriver['write']): SqlDriver['write'] =>
    async (unit) => {
      let kind: string | null = null;
      const observed = function* () {
        const result = yield* observe(unit(), (statement) => {
          const next = sqlKind(statement);
          kind = next === ROW_REMOVED ? next : (kind ?? next);
        });
        // All statements are done; what follows is the COMMIT.
        if (kind !== null) points.pass(`before ${kind}`);
        return result;
      };
      const result = await write(observed);
      if (kind !== null) points.pass(`after ${kind}`);
      return result;
    };
  return { ...driver, write: withPoints(driver.write), writeSoon: withPoints(driver.writeSoon) };
}

function* observe<Result>(
  unit: TransactionFunction<Result>,
  see: (statement: Statement) => void,
): TransactionFunction<Result> {
  let step = unit.next();
  while (!step.done) {
    see(step.value);
    step = unit.next(yield step.value);
  }
  return step.value;
}

/** What a unit that ends with it is, whatever it does before. */
const ROW_REMOVED = 'row removed';

/** Which step a unit of the database is, by the first of its statements that tells. */
function sqlKind({ text }: Statement): string | null {
  if (text.startsWith('INSERT INTO kamado_resources')) return 'row created';
  if (text.startsWith('UPDATE kamado_resources SET config_version')) return 'row changed';
  if (text.startsWith('UPDATE kamado_resources SET state_version')) return 'state applied';
  if (text.startsWith('DELETE FROM kamado_events')) return 'events removed';
  if (text.startsWith('DELETE FROM kamado_resources')) return ROW_REMOVED;
  return null;
}
