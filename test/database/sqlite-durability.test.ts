import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openDatabase } from '../../src/database/open.ts';
import { sql, sqlSchema } from '../../src/database/sql.ts';
import { openSqliteDriver, type SqliteOptions } from '../../src/database/sqlite/sqlite-driver.ts';
import { limits } from '../../src/kernel/limits.ts';
import { crashModel, crashWriter } from './crash-writer.ts';
import { Client, until, withCode } from './helpers.ts';

describe('SQLite on disk', () => {
  let folder = '';
  let files = 0;
  const newPath = () => join(folder, `truth-${++files}.sqlite`);
  const open = async (path: string, options: SqliteOptions = {}) =>
    new Client(await openDatabase(systemRuntime, openSqliteDriver(systemRuntime, path, options), crashModel));
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-durability-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('what was acknowledged survives kill -9, with its event; nothing is half there', async () => {
    const path = newPath();
    const acknowledged: number[] = [];
    for (let round = 0; round < 5; round++) {
      const child = spawn(process.execPath, [crashWriter, path, String(round * 1_000_000)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk;
      });
      await until(() => output.includes('\n'), 'the first acknowledgement');
      await assert.rejects(open(path), withCode('DATA_FOLDER_IN_USE'));
      await pause(Math.random() * 150);
      child.kill('SIGKILL');
      await once(child, 'close');
      acknowledged.push(...output.split('\n').slice(0, -1).map(Number));
      const client = await open(path);
      const { rows } = await client.database.list({ user: '', tenant: null, roles: [] }, 'entry', {
        ...{ filters: new Map(), searchFields: [], anyOf: false, sortKey: 'id', sortOrder: 'asc' },
        ...{ limit: 1_000_000, offset: 0 },
      });
      const found = new Map(rows.map((row) => [row.id, row.body.text]));
      const events = (await client.events()).map((event) => event.resourceId);
      for (const number of acknowledged) {
        assert.equal(found.get(`e${number}`), 'x'.repeat(number % 5_000), `${number} is lost`);
      }
      assert.deepEqual(events.toSorted(), [...found.keys()].toSorted(), 'a row is there with its event, or not at all');
      await client.database.close();
    }
    assert.ok(acknowledged.length > 5);
  });

  test('a second opener is refused, the next one let in', async () => {
    const path = newPath();
    const first = await open(path);
    await first.create('entry', 'e', {});
    await assert.rejects(open(path), withCode('DATA_FOLDER_IN_USE'));
    await first.create('entry', 'f', {});
    await first.database.close();
    const second = await open(path);
    assert.equal((await second.list('entry')).total, 2);
    await second.database.close();
  });

  test('what is not a database of ours is not touched', async () => {
    const path = newPath();
    await writeFile(path, 'not a database, but long enough to be looked at. '.repeat(100));
    await assert.rejects(open(path), withCode('DATA_FOLDER_UNUSABLE'));
    await assert.rejects(open(join(folder, 'none', 'truth.sqlite')), withCode('DATA_FOLDER_UNUSABLE'));
  });

  test('a unit that fails does not disturb the others of its group', async () => {
    let commits = 0;
    const client = await open(newPath(), { afterCommit: () => commits++ });
    await client.create('entry', 'e0', {});
    const before = commits;
    const settled = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => client.create('entry', `e${i % 2 === 0 ? 0 : i}`, { text: `${i}` })),
    );
    assert.deepEqual(
      settled.map((result) => result.status),
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'rejected' : 'fulfilled')),
    );
    assert.ok(commits - before < 20, 'they were committed in groups');
    assert.equal((await client.list('entry')).total, 11);
    assert.equal((await client.events()).length, 11);
    await client.database.close();
  });

  test('a full disk refuses clearly what does not fit, loses nothing, and passes', async () => {
    const path = newPath();
    const driver = openSqliteDriver(systemRuntime, path);
    const client = new Client(await openDatabase(systemRuntime, driver, crashModel));
    await client.create('entry', 'first', { text: 'x' });
    const pages = await driver.write(() => pragma('page_count'));
    await driver.write(() => pragma('max_page_count', pages + 20));
    const text = 'x'.repeat(20_000);
    const settled = await Promise.allSettled(
      Array.from({ length: 12 }, (_, i) => client.create('entry', `big${i}`, { text: i < 6 ? text : '' })),
    );
    const lost = settled.filter((result) => result.status === 'rejected');
    assert.ok(lost.length > 0, 'the disk was too small');
    for (const { reason } of lost) withCode('STORAGE_FULL')(reason);
    assert.match(String(lost[0]?.reason), /full/);
    const kept = settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value.id] : []));
    assert.deepEqual((await client.list('entry')).ids, [...kept, 'first'].toSorted());
    assert.equal((await client.events()).length, kept.length + 1);
    await driver.write(() => pragma('max_page_count', pages + 10_000));
    await client.create('entry', 'later', { text });
    await client.database.close();
    const again = await open(path);
    assert.deepEqual((await again.list('entry')).ids, [...kept, 'first', 'later'].toSorted());
    await again.database.close();
  });

  test('a commit that fails rejects all of its group, and the next one works', async () => {
    let broken = false;
    const client = await open(newPath(), {
      beforeCommit: () => {
        if (broken) throw new Error('disk I/O error');
      },
    });
    broken = true;
    const settled = await Promise.allSettled([client.create('entry', 'a', {}), client.create('entry', 'b', {})]);
    for (const result of settled) {
      assert.ok(result.status === 'rejected');
      withCode('DATABASE_UNAVAILABLE')(result.reason);
    }
    broken = false;
    assert.equal((await client.list('entry')).total, 0);
    await client.create('entry', 'a', {});
    assert.deepEqual(await client.eventLines(), ['put entry:a v1']);
    await client.database.close();
  });

  test('more than the queue holds is refused at once', async () => {
    const client = await open(newPath());
    const calls = Array.from({ length: limits.databaseQueueTransactions + 5 }, (_, i) =>
      client.database.setMeta(`m${i % 10}`, 'x').then(
        () => 'ok',
        (error: unknown) => (withCode('OVERLOADED')(error) ? 'refused' : ''),
      ),
    );
    const all = await Promise.all(calls);
    assert.equal(all.filter((outcome) => outcome === 'refused').length, 5);
    await client.database.close();
  });

  test('closing finishes what was asked for', async () => {
    const path = newPath();
    const client = await open(path);
    const writing = Promise.all(Array.from({ length: 600 }, (_, i) => client.create('entry', `e${i}`, {})));
    await client.database.close();
    assert.equal((await writing).length, 600);
    const again = await open(path);
    assert.equal((await again.list('entry')).total, 600);
    await again.database.close();
  });
});

/** Sets or reads a number of SQLite. */
function* pragma(name: string, value?: number) {
  if (value !== undefined) yield sqlSchema(`PRAGMA ${name} = ${value}`);
  const { rows } = yield sql(`SELECT * FROM pragma_${name}`);
  return Number(rows[0]?.[name]);
}
