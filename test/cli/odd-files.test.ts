import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { assertFailed, kamado, packageRoot, start, startUp, temporaryFolder } from './helpers.ts';

const makePipe = (path: string): void => {
  execFileSync('mkfifo', [path]);
};

/** A catalogue in which something can be put. */
function catalogOf(t: TestContext): string {
  const folder = temporaryFolder(t);
  for (const part of ['common', 'starter']) {
    cpSync(join(packageRoot, 'catalog', part), join(folder, part), { recursive: true });
  }
  return join(folder, 'starter');
}

describe('where a file is read, a pipe is not waited for', () => {
  for (const place of ['schemas/x.yaml', 'templates/x.json', 'examples/x.yaml', 'hooks/x.ts']) {
    test(`${place} of a catalogue, and a folder of that name`, async (t) => {
      const catalog = catalogOf(t);
      mkdirSync(join(catalog, place, '..'), { recursive: true });
      const command = place.startsWith('examples') ? 'test' : 'check';
      for (const put of [makePipe, mkdirSync]) {
        put(join(catalog, place));
        const ended = await kamado(t, ['catalog', command, catalog]);
        assertFailed(ended, 1, new RegExp(`${place}.*: cannot be read: it is a (pipe|folder), not a file`));
        rmSync(join(catalog, place), { recursive: true });
      }
    });
  }

  test('what a schema file includes, and the catalogue itself', async (t) => {
    const catalog = catalogOf(t);
    const pipe = join(catalog, '..', 'pipe');
    makePipe(pipe);
    writeFileSync(join(catalog, 'schemas', 'including.yaml'), 'schemas: [../../pipe]\n');
    assertFailed(await kamado(t, ['catalog', 'check', catalog]), 1, /pipe: cannot be read: it is a pipe/);
    assertFailed(await kamado(t, ['catalog', 'check', pipe]), 1, /neither a folder nor a file/);
  });

  test('clouds.yaml, and a certificate of etcd', async (t) => {
    const pipe = join(temporaryFolder(t), 'pipe');
    makePipe(pipe);
    const up = ['up', '--port', '0', '--data-dir', join(temporaryFolder(t), 'data')];
    const clouds = { OS_CLOUD: 'x', OS_CLIENT_CONFIG_FILE: pipe };
    assertFailed(await kamado(t, up, { env: clouds }), 1, /it is a pipe/);
    const etcd = ['--etcd', 'https://127.0.0.1:1'];
    assertFailed(
      await kamado(t, [...up, ...etcd], { env: { ETCDCTL_CACERT: pipe } }),
      2,
      /ETCDCTL_CACERT.*it is a pipe/,
    );
  });

  test('a recorded run', async (t) => {
    for (const file of ['run.json', 'events.jsonl', 'template_mappings.json']) {
      const run = temporaryFolder(t);
      writeFileSync(join(run, 'events.jsonl'), '');
      const schemas = join(packageRoot, 'catalog', 'starter');
      const described = { generation: 'kamado', lossless: true, events: 'events.jsonl', schemas };
      writeFileSync(join(run, 'run.json'), JSON.stringify(described));
      rmSync(join(run, file), { force: true });
      makePipe(join(run, file));
      assertFailed(await kamado(t, ['replay', run]), 1, /run cannot be read: .*(?:pipe|not a file)/);
    }
  });

  test('databases', async (t) => {
    for (const name of ['kamado.sqlite', 'timeline.sqlite', 'store.sqlite']) {
      const data = temporaryFolder(t);
      makePipe(join(data, name));
      const up = ['up', '--port', '0', '--data-dir', data];
      assertFailed(await kamado(t, up), 1, new RegExp(`${name} cannot be used: it is a pipe`));
    }
  });

  test('a pipe that nobody reads, where a file is written', async (t) => {
    const path = join(temporaryFolder(t), 'out.md');
    execFileSync('mkfifo', [path]);
    assertFailed(await kamado(t, ['catalog', 'docs', '--out', path]), 1, /no process reads/);
    assert.equal((await kamado(t, ['catalog', 'docs', '--out', '/dev/null'])).code, 0);
    const catalog = catalogOf(t);
    execFileSync('mkfifo', [join(catalog, 'types.ts')]);
    assertFailed(await kamado(t, ['catalog', 'types', catalog]), 1, /no process reads/);
  });
});

describe('a folder that can’t be used', () => {
  const up = (t: TestContext, dataDir: string) =>
    kamado(t, ['up', '--port', '0'], { env: { KAMADO_DATA_DIR: dataDir } });

  test('a data folder in a file system without folders, in a file, in a place that is read only', async (t) => {
    for (const path of ['/proc/foo', '/proc/foo/bar', '/dev/null/data', '/sys/kamado', join(packageRoot, 'LICENSE')]) {
      assertFailed(await up(t, path), 1, /data folder .* cannot be used/);
    }
    const loop = join(temporaryFolder(t), 'loop');
    symlinkSync(loop, loop);
    assertFailed(await up(t, loop), 1, /data folder .* cannot be used/);
    const database = await kamado(t, ['up', '--port', '0', '--database', `sqlite:${loop}`]);
    assertFailed(database, 1, /data folder .* cannot be used/);
  });

  test('folders that other commands make', async (t) => {
    assertFailed(await kamado(t, ['catalog', 'new', '/proc/foo']), 1, /cannot be written/);
    assertFailed(await kamado(t, ['catalog', 'editor', '/proc/foo']), 1, /cannot be written/);
  });

  test('record into a folder that isn’t empty, and into one that can’t be made, ends at once', async (t) => {
    const { endpoint } = await startUp(t, ['--data-dir', join(temporaryFolder(t), 'data')]);
    const full = temporaryFolder(t);
    writeFileSync(join(full, 'x'), '');
    assertFailed(await kamado(t, ['record', full, '--endpoint', endpoint]), 1, /not empty/);
    assertFailed(await kamado(t, ['record', '/proc/foo', '--endpoint', endpoint]), 1, /cannot be recorded/);
    assertFailed(await kamado(t, ['record', join(full, 'x'), '--endpoint', endpoint]), 1, /cannot be recorded/);
    assert.deepEqual(readdirSync(full), ['x']);
    const fresh = join(full, 'run');
    const recording = start(t, join(packageRoot, 'bin', 'kamado'), ['record', fresh, '--endpoint', endpoint]);
    while (!recording.output().stderr.includes('Recording into')) await pause(20);
    assert.equal((await recording.end('SIGINT')).code, 0);
    assert.ok(existsSync(join(fresh, 'run.json')));
  });
});

test('too few files may be open: it says how many it needs; with as many it starts, and some are left', async (t) => {
  const run = (most: number, ...args: readonly string[]) =>
    start(t, join(packageRoot, 'test', 'support', 'with-files.mjs'), [String(most), ...args]);
  for (const most of [24, 64, 127]) {
    const ended = await run(most, 'up', '--port', '0').ended;
    assertFailed(ended, 1, new RegExp(`Only ${most} files .* needs 128`));
  }
  const running = run(128, 'up', '--port', '0', '--data-dir', join(temporaryFolder(t), 'data'));
  await running.printed(/^Kamado serves at/m);
  assert.equal((await running.end()).code, 0);
});
