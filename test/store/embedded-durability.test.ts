import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openSqlite } from '../../src/kernel/sqlite.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { sqlitePersistence } from '../../src/store/embedded/sqlite-persistence.ts';
import { withPrefix } from '../../src/store/store.ts';
import { crashWriter } from './crash-writer.ts';
import { put, Recorder, remove, textOf, until, withCode, write } from './helpers.ts';

const open = (path: string) =>
  openEmbeddedStore({ runtime: systemRuntime, persistence: sqlitePersistence(path), log: silentLog });

describe('embedded store on disk', () => {
  let folder = '';
  let files = 0;
  const newPath = () => join(folder, `store-${++files}.sqlite`);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-durability-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('keeps keys, history, revision and compaction over a restart', async () => {
    const path = newPath();
    const first = await open(path);
    await write(first, put('/a', '1'), put('/b', '1'));
    const second = await write(first, put('/a', '2'), remove('/b'), put('/nul\0', '2'));
    const third = await write(first, put('/a', 'nul \0 and 🔥'), put('/c', ''));
    await first.compact(second);
    const before = await first.get(withPrefix('/'));
    await first.close();
    const store = await open(path);
    assert.deepEqual(await store.get(withPrefix('/')), before);
    assert.equal((await store.get({ from: '/a' }, { revision: second })).entries[0]?.value, '2');
    await assert.rejects(store.get({ from: '/a' }, { revision: second - 1 }), withCode('STORE_REFUSED'));
    const recorder = new Recorder();
    store.watch(withPrefix('/'), { fromRevision: third, previous: true }, recorder);
    const fourth = await write(store, put('/a', '4'), remove('/c'));
    assert.equal(fourth, third + 1);
    await recorder.seen(fourth);
    assert.deepEqual(recorder.revisions, [third, fourth]);
    assert.equal(recorder.calls[0]?.events[0]?.previous?.value, '2');
    await store.close();
  });

  test('keeps its revision where compaction left no row', async () => {
    const path = newPath();
    const first = await open(path);
    await write(first, put('/a'));
    const last = await write(first, remove('/a'));
    await first.compact(last);
    await first.close();
    const store = await open(path);
    assert.equal(await write(store, put('/a')), last + 1);
    await store.close();
  });

  test('what was acknowledged survives kill -9, and every transaction is whole', async () => {
    const path = newPath();
    const acknowledged: number[] = [];
    for (let round = 0; round < 6; round++) {
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
      const store = await open(path);
      const { entries, revision } = await store.get(withPrefix('/'));
      const found = new Map(entries.map((entry) => [entry.key, entry]));
      for (const number of acknowledged) {
        assert.equal(found.get(`/left/${number}`)?.value.length, number % 5_000, `${number} is lost`);
      }
      for (const { key, modRevision } of entries) {
        const other = key.startsWith('/left/') ? key.replace('/left/', '/right/') : key.replace('/right/', '/left/');
        assert.equal(found.get(other)?.modRevision, modRevision, `${key} is half of a transaction`);
      }
      assert.equal(found.has('/leased'), false);
      const recorder = new Recorder();
      store.watch({ from: '/leased' }, { fromRevision: revision, previous: true }, recorder);
      await recorder.seen(revision);
      assert.deepEqual(recorder.lines, ['delete /leased']);
      await store.close();
    }
    assert.ok(acknowledged.length > 6);
  });

  test('refuses a second opener, and lets the next one in', async () => {
    const path = newPath();
    const store = await open(path);
    await assert.rejects(open(path), withCode('DATA_FOLDER_IN_USE'));
    await write(store, put('/a', 'still there'));
    await store.close();
    const next = await open(path);
    assert.equal(await textOf(next, '/a'), 'still there');
    await next.close();
  });

  test('refuses a newer format, another database, something else, and a folder that is not there', async () => {
    const newer = newPath();
    await (await open(newer)).close();
    const database = openSqlite(newer);
    database.exec("UPDATE store_meta SET value = 2 WHERE name = 'format'");
    database.close();
    await assert.rejects(open(newer), withCode('DATABASE_NEWER'));

    const other = newPath();
    const foreign = openSqlite(other);
    foreign.exec('CREATE TABLE networks (id TEXT)');
    foreign.close();
    await assert.rejects(open(other), withCode('DATA_FOLDER_UNUSABLE'));

    const text = newPath();
    await writeFile(text, 'not a database, but long enough to be looked at. '.repeat(100));
    await assert.rejects(open(text), withCode('DATA_FOLDER_UNUSABLE'));
    await assert.rejects(open(join(folder, 'none', 'store.sqlite')), withCode('DATA_FOLDER_UNUSABLE'));
  });

  test('refuses a log with a hole', async () => {
    const path = newPath();
    const store = await open(path);
    for (const key of ['/a', '/b', '/c']) await write(store, put(key));
    await store.close();
    const database = openSqlite(path);
    database.exec("DELETE FROM store_log WHERE key = '/b'");
    database.close();
    await assert.rejects(open(path), withCode('DATA_FOLDER_UNUSABLE'));
  });
});
