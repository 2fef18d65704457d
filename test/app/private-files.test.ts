import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type Factories, productFactories } from '../../src/app/factories.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings } from '../../src/app/settings/settings.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-private-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

/** Opens and closes all that stands in a data folder; gives the warnings. While it is open, `look` is called. */
async function openAll(dataDir: string, look: () => void = () => {}, database?: string): Promise<readonly string[]> {
  const warnings: string[] = [];
  const log: Log = { ...silentLog, warn: (_fields, message) => warnings.push(message) };
  const settings = readSettings({ dataDir, ...(database !== undefined && { database }) }, {});
  const context: Parameters<Factories['database']>[0] = { runtime: systemRuntime, log, settings };
  const alive = setInterval(() => {}, 60_000);
  const [driver, timeline, store] = [
    await productFactories.database(context),
    await productFactories.timeline(context),
    await productFactories.store(context),
  ];
  await store.transact({ success: [{ type: 'put', key: '/a', value: 'secret' }] });
  look();
  await store.close();
  await timeline.close();
  await driver.close();
  clearInterval(alive);
  return warnings;
}

function modesIn(folder: string): { readonly [name: string]: string } {
  return Object.fromEntries(readdirSync(folder).map((name) => [name, modeOf(join(folder, name))]));
}

test('a new data folder and what stands in it is for its owner alone, while it is used and after', async (t) => {
  const folder = join(folderOf(t), 'below', 'data');
  const previous = process.umask(0o000);
  t.after(() => process.umask(previous));
  const check = (): void => {
    assert.equal(modeOf(folder), '700');
    assert.ok(readdirSync(folder).length >= 3);
    assert.deepEqual(new Set(Object.values(modesIn(folder))), new Set(['600']));
  };
  assert.deepEqual(await openAll(folder, check), []);
  check();
});

test('a data folder that was there with its databases, open to others, is closed to them', async (t) => {
  const folder = join(folderOf(t), 'data');
  mkdirSync(folder);
  await openAll(folder);
  chmodSync(folder, 0o755);
  const beside = ['kamado.sqlite-wal', 'kamado.sqlite-shm', 'store.sqlite-wal', 'timeline.sqlite-journal'];
  for (const name of beside) if (!existsSync(join(folder, name))) writeFileSync(join(folder, name), '');
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
  await openAll(folder, () => {
    assert.equal(modeOf(folder), '700');
    assert.deepEqual(new Set(Object.values(modesIn(folder))), new Set(['600']), JSON.stringify(modesIn(folder)));
  });
});

test('a folder that holds other things keeps its mode, which is said once; the databases are private', async (t) => {
  const folder = folderOf(t);
  chmodSync(folder, 0o755);
  writeFileSync(join(folder, 'notes.txt'), '', { mode: 0o644 });
  const warnings = await openAll(folder);
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? '', /holds other files/);
  assert.equal(modeOf(folder), '755');
  const { 'notes.txt': notes, ...databases } = modesIn(folder);
  assert.equal(notes, '644');
  assert.deepEqual(new Set(Object.values(databases)), new Set(['600']));
});

test('a database that is named elsewhere is private; its folder is left alone', async (t) => {
  const folder = folderOf(t);
  chmodSync(folder, 0o755);
  const path = join(folder, 'named.sqlite');
  writeFileSync(path, '', { mode: 0o666 });
  chmodSync(path, 0o666);
  assert.deepEqual(await openAll(join(folder, 'data'), () => assert.equal(modeOf(path), '600'), `sqlite:${path}`), []);
  assert.equal(modeOf(folder), '755');
});
