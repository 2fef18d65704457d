import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { catalogFolder } from '../hooks/hooks-catalog.ts';
import { until } from '../support/until.ts';
import { kamado, kamadoFile, start, startUp, temporaryFolder } from './helpers.ts';

const MARK = 'kanarie7q';

const schemas = `
schemas:
  - id: box
    singular: box
    plural: boxes
    title: Box
    prefix: /v2.0
    schema:
      type: object
      properties:
        id: { type: string, unique: true, permission: [create] }
        name: { type: string, default: '', permission: [create, update] }
        pin: { type: string, secret: true, default: ${MARK}-default, permission: [create, update] }
        settings:
          type: object
          default: {}
          permission: [create, update]
          properties: { inner: { type: object, properties: { code: { type: string, secret: true } } } }
        labels: { type: object, default: {}, permission: [create, update] }
    actions:
      open:
        path: /:id/open
        method: POST
        output: { type: object, properties: { all: { type: array }, key: { type: string, secret: true } } }
      break: { path: /:id/break, method: POST }
  - id: lid
    singular: lid
    plural: lids
    title: Lid
    prefix: /v2.0
    schema:
      type: object
      properties:
        id: { type: string, unique: true, permission: [create] }
        box_id: { type: string, relation: box, relation_property: box, permission: [create] }
`;

const hooks = `
import { defineHooks } from 'kamado';
import type { Types } from '../types.ts';

export const boxes = defineHooks<Types, 'box'>('box', {
  actions: {
    open({ resource }) {
      return { all: [{ pin: resource.pin, name: resource.name }], key: resource.pin };
    },
    break({ resource }) {
      setTimeout(() => {
        throw new Error('it broke: ' + resource.pin);
      }, 0);
    },
  },
});
`;

async function startBoxes(t: TestContext) {
  const catalog = catalogFolder(t, { 'schemas/boxes.yaml': schemas, 'hooks/boxes.ts': hooks });
  const data = temporaryFolder(t);
  const up = await startUp(t, ['--data-dir', join(data, 'data'), '--catalog', catalog]);
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await kamado(t, args, { env: { KAMADO_ENDPOINT: up.endpoint } });
    assert.equal(code, 0, stderr);
    return stdout + stderr;
  };
  const settings = JSON.stringify({ inner: { code: `${MARK}-code` } });
  const labels = JSON.stringify({ deep: [{ password: `${MARK}-label` }] });
  const box = ['--id', 'b', '--name', 'n', '--pin', `${MARK}-pin`, '--settings', settings, '--labels', labels];
  const reported = [
    await run('client', 'box', 'create', ...box, '--output-format', 'json'),
    await run('client', 'lid', 'create', '--id', 'l', '--box', 'b'),
  ];
  return { catalog, data, up, run, reported };
}

const json = ['--output-format', 'json'];

describe('the command line', () => {
  it('masks secrets in every format, until it is told to show them', async (t) => {
    const { catalog, data, up, run, reported } = await startBoxes(t);
    const commands = [
      ['client', 'box', 'list'],
      ['client', 'box', 'show', 'b'],
      ['client', 'box', 'set', '--name', 'm', 'b'],
      ['client', 'box', 'open', 'b'],
      ['client', 'lid', 'list'],
      ['client', 'lid', 'show', 'l'],
      ['client', 'box'],
      ['timeline', 'box', 'b'],
      ['store', 'ls'],
      ['store', 'get', '/config/v2.0/boxes/b'],
      ['schema', 'explain', 'box'],
    ];
    for (const command of commands) reported.push(await run(...command), await run(...command, ...json));
    reported.push(await run('catalog', 'docs', catalog));
    const recording = start(t, kamadoFile, ['record', join(data, 'run'), '--endpoint', up.endpoint]);
    await until(() => /Recording into/.test(recording.output().stderr), 'the recording');
    await run('client', 'box', 'set', '--pin', `${MARK}-other`, 'b');
    await until(() => /"revision"/.test(readFileSync(join(data, 'run', 'events_full.jsonl'), 'utf8')), 'a change');
    const recorded = await recording.end('SIGINT');
    assert.equal(recorded.code, 0, recorded.stderr);
    for (const file of readdirSync(join(data, 'run'))) reported.push(readFileSync(join(data, 'run', file), 'utf8'));
    assert.ok(reported.join('').split('***').length > 20, 'there was something to mask');
    for (const text of reported) {
      const at = text.indexOf(MARK);
      assert.equal(at, -1, text.slice(Math.max(0, at - 300), at + 50));
    }

    const shown = JSON.parse(await run('client', 'box', 'show', 'b', '--show-secrets', ...json));
    assert.equal(shown.box.pin, `${MARK}-other`);
    assert.equal(shown.box.settings.inner.code, `${MARK}-code`);
    const lids = JSON.parse(await run('client', '--show-secrets', 'lid', 'list', ...json));
    assert.equal(lids.lids[0].box.pin, `${MARK}-other`);
    assert.match(await run('client', 'box', 'open', '--show-secrets', 'b'), new RegExp(`"key": "${MARK}-other"`));
  });

  it('ends after an unexpected exception, and says where it came from, not what it holds', async (t) => {
    const { up, run } = await startBoxes(t);
    await run('client', 'box', 'break', 'b');
    const { code, stdout, stderr } = await up.ended;
    assert.equal(code, 1);
    assert.match(stderr, /It failed/);
    assert.match(stderr, /hooks\/boxes\.ts:\d+/);
    assert.match(stderr, /an unexpected error occurred \(Error\)/);
    assert.doesNotMatch(stdout + stderr, new RegExp(MARK));
  });

  it('does not leave a password among the arguments that everybody is shown', async (t) => {
    const data = temporaryFolder(t);
    const url = `http://user:${MARK}@127.0.0.1:1`;
    const watching = start(t, kamadoFile, ['up', '--port', '0', '--etcd', url, '--data-dir', join(data, 'data')]);
    await watching.printed(/serves at/);
    const arguments_ = readFileSync(`/proc/${watching.child.pid}/cmdline`, 'utf8');
    assert.doesNotMatch(arguments_, new RegExp(MARK));
    await watching.end();
    assert.doesNotMatch(JSON.stringify(watching.output()), new RegExp(MARK));
  });
});
