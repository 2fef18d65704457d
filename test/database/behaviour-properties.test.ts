import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import type { Row } from '../../src/database/resource-row.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import type { ErrorCode } from '../../src/kernel/error-catalogue.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { Random } from '../simulation/random.ts';
import { postgresBackend, sqliteBackend } from './backends.ts';
import { finishDeletion } from './behaviour-helpers.ts';
import { checkRest, type Rest, readRest } from './behaviour-load-invariants.ts';
import { model, TYPES } from './behaviour-load-model.ts';
import { Interrupted, type PlannedOperation, plan, prepare } from './behaviour-load-operations.ts';
import { type Backend, Client, withCode } from './helpers.ts';

/** How many seeds are tried on each database, and the first: KAMADO_BEHAVIOUR_SEEDS=100, KAMADO_BEHAVIOUR_SEED=7. */
const SEEDS = Number(process.env.KAMADO_BEHAVIOUR_SEEDS ?? 3);
const FIRST = Number(process.env.KAMADO_BEHAVIOUR_SEED ?? 1);
const BATCHES = 12;
const AT_ONCE = 15;
const ROUNDS = 3;

/** What a request may be answered under load. Not DATABASE_BUSY: conflicts are to be rare enough. */
const answers: ReadonlySet<ErrorCode> = new Set([
  'POOL_EXHAUSTED',
  'POOL_NUMBER_TAKEN',
  'COUNTER_EXHAUSTED',
  'RESOURCE_NOT_FOUND',
  'RESOURCE_MARKED',
  'RESOURCE_IN_USE',
  'RESOURCE_MANAGED',
  'RELATED_NOT_FOUND',
  'RELATED_MARKED',
  'DUPLICATE_VALUE',
  'VALIDATION_FAILED',
] as const);

function declare(backend: Backend, options: { readonly skip?: string }): void {
  describe(`behaviour under random load on ${backend.name}`, options, () => {
    // Writes that wait for company don't keep a process alive.
    let alive: NodeJS.Timeout | undefined;
    before(() => {
      alive = setInterval(() => {}, 1_000);
    });
    after(() => clearInterval(alive));
    test('creates that take of the same do not lose to each other', async (t) => {
      const driver = await backend.openDriver(await backend.newPlace());
      let runs = 0;
      const counted: SqlDriver['write'] = (unit) =>
        driver.write(() => {
          runs++;
          return unit();
        });
      const database = await openDatabase(systemRuntime, { ...driver, write: counted }, model);
      t.after(database.close);
      const client = new Client(database);
      await prepare(client);
      await client.create('tenant', 't');
      const before = runs;
      for (let round = 0; round < ROUNDS; round++) {
        const creates = Array.from({ length: AT_ONCE }, (_, i) => {
          const takes = { line_id: `l${i % 3}`, subnet_id: `s${i % 2}`, dhcp: i % 5 === 0 };
          return client.create('gateway', `${round}-${i}`, { tenant_id: 't', name: `${i}`, on: i % 5 === 0, ...takes });
        });
        const outcomes = await Promise.allSettled(creates);
        for (const outcome of outcomes)
          if (outcome.status === 'rejected') withCode('COUNTER_EXHAUSTED')(outcome.reason);
      }
      assert.equal((await client.list('gateway')).total, 18, 'as many as both routers have room for');
      const again = runs - before - ROUNDS * AT_ONCE;
      assert.ok(again <= 2, `${again} of ${ROUNDS * AT_ONCE} were run again`);
    });
    for (let seed = FIRST; seed < FIRST + SEEDS; seed++) {
      test(`seed ${seed}`, async (t) => {
        const driver = await backend.openDriver(await backend.newPlace());
        const database = await openDatabase(systemRuntime, driver, model);
        t.after(database.close);
        const client = new Client(database);
        await prepare(client);
        const done: string[] = [];
        try {
          await load(client, driver, new Random(seed), done);
          await deleteAll(client, driver);
        } catch (error) {
          t.diagnostic(`again: KAMADO_BEHAVIOUR_SEED=${seed} KAMADO_BEHAVIOUR_SEEDS=1 node --test (${backend.name})`);
          t.diagnostic(done.slice(-2 * (AT_ONCE + 1)).join('\n'));
          throw error;
        }
      });
    }
  });
}

async function load(client: Client, driver: SqlDriver, random: Random, done: string[]): Promise<void> {
  const seen = new EventOrder();
  const succeeded = new Set<string>();
  for (let batch = 0; batch < BATCHES; batch++) {
    const rest = await readRest(client, driver);
    const planned = Array.from({ length: AT_ONCE }, (_, i) => plan(random, rest, `n${batch}-${i}`));
    done.push(`batch ${batch}`);
    const outcomes = await Promise.all(planned.map((operation) => outcomeOf(client, operation)));
    done.push(...planned.map(({ text }, i) => `  ${text}: ${outcomes[i]}`));
    for (const [i, { text }] of planned.entries()) if (outcomes[i] === 'ok') succeeded.add(text.split(' ')[0] ?? '');
    checkRest(await readRest(client, driver));
    await seen.check(client);
  }
  for (const kind of ['create', 'update', 'remove', 'report']) assert.ok(succeeded.has(kind), `no ${kind} succeeded`);
}

async function outcomeOf(client: Client, { text, run }: PlannedOperation): Promise<string> {
  try {
    await run(client);
    return 'ok';
  } catch (error) {
    if (error instanceof Interrupted) return 'interrupted';
    assert.ok(isKamadoError(error), `${text}: ${error instanceof Error ? error.stack : error}`);
    assert.ok(answers.has(error.code), `${text}: ${error.code} ${error.message}`);
    return error.code;
  }
}

/** The versions of each resource come one after another, from 1, each once. */
class EventOrder {
  readonly #last = new Map<string, number>();

  async check(client: Client): Promise<void> {
    const events = await client.events();
    for (const { type, resourceId, action, version } of events) {
      const name = `${type} ${resourceId}`;
      const before = this.#last.get(name) ?? 0;
      if (action === 'delete') this.#last.delete(name);
      else {
        const expected = model.types.get(type)?.versioned || before === 0 ? [before + 1] : [0];
        assert.ok(expected.includes(version), `${name} has version ${version} after ${before}`);
        this.#last.set(name, Math.max(version, before));
      }
    }
    await client.database.removeEvents(
      events.map(({ id }) => id),
      0,
    );
  }
}

/** Deletes everything, those that take before what they take of; nothing is left, and pools and counters are whole before. */
async function deleteAll(client: Client, driver: SqlDriver): Promise<void> {
  for (const type of TYPES) {
    if (type === 'line') await checkWhole(client);
    for (const { id, markedForDeletion } of rowsOf(await readRest(client, driver), type)) {
      if (!markedForDeletion) await client.remove(type, id);
    }
    // Of every type: children are marked along.
    const rest = await readRest(client, driver);
    for (const row of TYPES.flatMap((one) => rowsOf(rest, one))) await finish(client, row);
  }
  const { rows, numbers, counted, children } = await readRest(client, driver);
  assert.deepEqual([...rows.values()].flat(), []);
  assert.deepEqual([numbers, counted, children], [[], [], []]);
  const last = new Map(
    (await client.events()).map(({ type, resourceId, action }) => [`${type} ${resourceId}`, action]),
  );
  assert.deepEqual(new Set(last.values()), new Set(['delete']));
}

/** Undoes what is marked, if nobody took it along meanwhile. */
async function finish(client: Client, { type, id, markedForDeletion }: Row): Promise<void> {
  if (markedForDeletion && (await client.get(type, id)) !== null) await finishDeletion(client, type, id);
}

function rowsOf({ rows }: Rest, type: string): readonly Row[] {
  return rows.get(type) ?? [];
}

async function checkWhole(client: Client): Promise<void> {
  const routers = (await client.list('router')).ids;
  for (const id of routers) {
    const { body } = await client.row('router', id);
    assert.deepEqual([body.free, body.gateways, body.bandwidth, body.last ?? ''], [body.maximum, 0, 60, '']);
  }
  for (const id of (await client.list('subnet')).ids) assert.equal((await client.row('subnet', id)).body.free, 9);
}

const postgres = postgresBackend('schemas');
declare(await sqliteBackend(), {});
declare(postgres.backend, postgres.options);
