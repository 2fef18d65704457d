import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serving } from './fake-server.ts';
import { kamado } from './helpers.ts';

/** Clears the screen, twice; changes colours; turns the direction of what follows. */
const HOSTILE = 'a\u001b[2J\u007f\u009b2J\u0085\u2028\u202e\u2066';

const harmless = /^[^\p{Cc}\u2028-\u202e\u2066-\u2069]*$/u;

test('whatever a server says, the command line does nothing to a terminal', async (t) => {
  const id = HOSTILE;
  const property = { type: 'string', description: HOSTILE, title: HOSTILE };
  const type = {
    ...{ id: 'thing', singular: HOSTILE, plural: HOSTILE, title: HOSTILE, description: HOSTILE },
    prefix: '/v2.0/things',
    schema: { type: 'object', properties: { id: property, [HOSTILE]: property }, propertiesOrder: ['id', HOSTILE] },
    actions: {
      act: { path: '/act', method: 'POST', description: HOSTILE, input: { properties: { [HOSTILE]: property } } },
    },
  };
  const resource = { id, [HOSTILE]: HOSTILE, name: HOSTILE };
  const entry = { time: '2026-01-01T00:00:00.000000Z', revision: 1, action: HOSTILE };
  const change = { type: 'put', key: HOSTILE, value: HOSTILE, modRevision: 1, version: 1 };
  const { endpoint } = await serving(t, {
    '/gohan/v0.1/schemas': { body: { schemas: [type] } },
    '/v2.0/things': { body: { [HOSTILE]: [resource] } },
    '/v2.0/things/x': { body: { [HOSTILE]: resource } },
    '/v2.0/things/act': { body: { [HOSTILE]: [HOSTILE] } },
    '/kamado/v1/jobs': { body: { jobs: [{ id, state: HOSTILE, handler: HOSTILE, why: HOSTILE }] } },
    '/kamado/v1/jobs/x': { body: { job: { id, [HOSTILE]: HOSTILE } } },
    '/kamado/v1/jobs/x/retry': { body: { jobs: [id], [HOSTILE]: HOSTILE } },
    '/kamado/v1/jobs/x/cancel?dry_run=true': { body: { job: id, count: 1, dependents: [id] } },
    '/kamado/v1/timeline/thing/x?after=0': { body: [{ ...entry, writer: HOSTILE, key: HOSTILE, value: HOSTILE }] },
    '/kamado/v1/store/watch?prefix=': { body: change },
    '/kamado/v1/store/key?key=x': { body: { entry: change } },
  });
  for (const line of [
    ['client'],
    ['client', 'thing'],
    ['client', 'thing', 'list'],
    ['client', 'thing', 'show', 'x'],
    ['client', 'thing', 'act'],
    ['client', 'thing', 'delete', HOSTILE],
    ['client', HOSTILE, 'list'],
    ['client', 'thing', HOSTILE],
    ['job', 'list'],
    ['job', 'show', 'x'],
    ['job', 'retry', 'x'],
    ['job', 'cancel', '--dry-run', 'x'],
    ['timeline', 'thing', 'x'],
    ['timeline', 'thing', HOSTILE],
    ['store', 'watch'],
  ]) {
    // What is no terminal gets what the store holds, to the byte, unless it asks for JSON.
    for (const format of line[0] === 'store' ? ['json'] : line.includes('list') ? ['table', 'json'] : ['table']) {
      const { stdout, stderr } = await kamado(t, [...line, '--endpoint', endpoint, '--output-format', format]);
      assert.notEqual(stdout + stderr, '');
      for (const printed of (stdout + stderr).split('\n'))
        assert.match(printed, harmless, `${line.join(' ')} ${format}`);
    }
  }
});
