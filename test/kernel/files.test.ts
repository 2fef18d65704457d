import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileFault, makeFolder, readTextFile, readTextFileSync, writeTextFile } from '../../src/kernel/files.ts';

const MOST = 100_000;

describe('files that a user names', () => {
  let folder = '';
  const server = createServer();
  const at = (name: string) => join(folder, name);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'kamado-files-'));
    execFileSync('mkfifo', [at('pipe')]);
    mkdirSync(at('folder'));
    symlinkSync('/dev/zero', at('device'));
    server.listen(at('socket'));
    await once(server, 'listening');
  });
  after(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const kind of ['pipe', 'folder', 'device', 'socket']) {
    test(`a ${kind} is not read, and nothing is waited for`, async () => {
      await assert.rejects(readTextFile(at(kind), MOST), new RegExp(`it is a ${kind}, not a file`));
      assert.throws(() => readTextFileSync(at(kind), MOST), new RegExp(`it is a ${kind}, not a file`));
      assert.equal(fileFault(at(kind)), `it is a ${kind}`);
    });
  }

  test('a file is read whole, up to its limit, whatever size it tells', async () => {
    const text = `${'語x'.repeat(20_000)}\n`;
    writeFileSync(at('text'), text);
    symlinkSync(at('text'), at('link'));
    const bytes = Buffer.byteLength(text);
    for (const name of ['text', 'link']) {
      assert.equal(await readTextFile(at(name), bytes), text);
      assert.equal(readTextFileSync(at(name), bytes), text);
      assert.equal(fileFault(at(name)), null);
    }
    await assert.rejects(readTextFile(at('text'), bytes - 1), /larger than/);
    assert.throws(() => readTextFileSync(at('text'), bytes - 1), /larger than/);
    // It tells that it is empty.
    assert.equal(statSync('/proc/self/status').size, 0);
    assert.match(await readTextFile('/proc/self/status', MOST), /^Name:/);
    await assert.rejects(readTextFile('/proc/self/status', 10), /larger than 10 bytes/);
    assert.throws(() => readTextFileSync('/proc/self/status', 10), /larger than 10 bytes/);
  });

  test('what is not there, or may not be read, is an error of the system', async () => {
    await assert.rejects(readTextFile(at('none'), MOST), { code: 'ENOENT' });
    assert.throws(() => readTextFileSync(join(at('text'), 'below'), MOST), { code: 'ENOTDIR' });
    assert.equal(fileFault(at('none')), null);
  });

  test('a pipe that nobody reads is not written, a device is', async () => {
    await assert.rejects(writeTextFile(at('pipe'), 'x'), /no process reads/);
    await assert.rejects(writeTextFile(at('folder'), 'x'), /it is a folder/);
    await writeTextFile('/dev/null', 'x');
    await writeTextFile(at('new'), 'x');
    await writeTextFile(at('new'), 'y');
    assert.equal(readFileSync(at('new'), 'utf8'), 'y');
  });

  test('folders are made with those around them; where that is not possible it ends', () => {
    makeFolder(at('a/b/c'), 0o700);
    makeFolder(at('a/b/c'), 0o700);
    assert.equal(statSync(at('a/b')).mode & 0o777, 0o700);
    for (const path of ['/proc/kamado', '/proc/kamado/below', '/dev/null/below', at('text/below'), at('text')]) {
      assert.throws(() => makeFolder(path));
      assert.equal(existsSync(join(path, 'x')), false);
    }
  });
});
