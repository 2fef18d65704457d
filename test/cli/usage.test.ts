import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { settingOptions } from '../../src/app/settings/settings.ts';
import { assertFailed, kamado, kamadoFile, packageRoot, start, temporaryFolder } from './helpers.ts';

const commands = [
  [],
  ['up'],
  ['run'],
  ['room'],
  ['client'],
  ['timeline'],
  ['store'],
  ['store', 'get'],
  ['store', 'ls'],
  ['store', 'watch'],
  ['catalog'],
  ['catalog', 'new'],
  ['catalog', 'check'],
  ['catalog', 'docs'],
  ['catalog', 'editor'],
  ['schema'],
  ['schema', 'check'],
  ['record'],
  ['replay'],
];

const wrong: readonly (readonly [string, RegExp])[] = [
  ['roast', /unknown command 'roast'/],
  ['up --heat 3', /unknown option '--heat'/],
  ['up now', /too many arguments/],
  ['up --port', /argument missing/],
  ['up --port nine', /--port must be an integer/],
  ['up --database mysql://x', /--database must be/],
  ['up --log-level loud', /--log-level must be one of/],
  ['run', /missing required argument 'component'/],
  ['run kitchen', /Allowed choices are api, sync, controller, worker, timeline/],
  ['run worker', /needs --etcd and --database/],
  ['run worker --etcd http://127.0.0.1:1', /needs --etcd and --database/],
  // The name before 0.2.
  ['room worker', /needs --etcd and --database/],
  ['timeline ha_router', /missing required argument 'id-or-name'/],
  ['store peek', /unknown command 'peek'/],
  ['store get', /missing required argument 'key'/],
  ['catalog new', /missing required argument 'folder'/],
  ['catalog new x --type Upper', /--type must be a name/],
  ['catalog new x --type site', /--type must be a name/],
  ['catalog roast', /unknown command 'roast'/],
  ['replay', /needs a <run-dir>, or --against/],
  ['record', /missing required argument 'dir'/],
  ['client --output-format xml', /Allowed choices are table, json/],
  ['client ha_router list --output-format xml', /must be one of table, json/],
  ['client ha_router roast', /roast is none of list, show, create, set, delete/],
  ['client ha_router list --endpoint nowhere', /the endpoint must be a URL/],
  ['client ha_router create --name', /--name needs a value/],
];

describe('kamado', () => {
  it('helps with every command, and says its version with every one', async (t) => {
    const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8'));
    for (const command of commands) {
      const help = await kamado(t, [...command, '--help']);
      assert.equal(help.code, 0, help.stderr);
      assert.match(help.stdout, new RegExp(`^Usage: kamado ${command.join(' ')}`));
      for (const { flag, environment } of settingOptions) {
        assert.ok(help.stdout.includes(flag) && help.stdout.includes(environment), `${command}: ${flag}`);
      }
      assert.deepEqual(await kamado(t, [...command, '--version']), { code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('prints its help and ends with 2 without a command', async (t) => {
    const { code, stderr } = await kamado(t, []);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: kamado/);
  });

  for (const [line, message] of wrong) {
    it(`ends with 2: kamado ${line}`, async (t) => {
      assertFailed(await kamado(t, line.split(' ')), 2, message);
    });
  }

  it('takes settings from the environment, and options before them', async (t) => {
    const env = { KAMADO_PORT: 'nine' };
    assertFailed(await kamado(t, ['up'], { env }), 2, /--port must be an integer/);
    assertFailed(await kamado(t, ['store', 'ls', '--port', '1'], { env }), 1, /http:\/\/127\.0\.0\.1:1: /);
    assertFailed(await kamado(t, ['--port', '1', 'store', 'ls'], { env }), 1, /http:\/\/127\.0\.0\.1:1: /);
  });

  it('ends with 1 where no server answers', async (t) => {
    for (const line of ['client', 'client ha_router list', 'timeline ha_router x', 'store get /x', 'store watch']) {
      assertFailed(await kamado(t, [...line.split(' '), '--port', '1']), 1, /No Kamado answers at http:\/\/127/);
    }
  });

  it('refuses an old Node in one line', async (t) => {
    const preload = join(temporaryFolder(t), 'old-node.cjs');
    writeFileSync(
      preload,
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } });",
    );
    const old = await start(t, kamadoFile, ['--help'], { env: { NODE_OPTIONS: `--require ${preload}` } }).ended;
    assert.deepEqual(old, {
      code: 1,
      stdout: '',
      stderr: 'error: Kamado needs Node 20.19 or later; this is 20.18.3.\n',
    });
  });
});
