import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApplicationHere } from '../acceptance/application-here.ts';
import { objectOf } from '../acceptance/rest.ts';
import { assertFailed, kamado, packageRoot, temporaryFolder } from './helpers.ts';

const catalog = join(packageRoot, 'catalog', 'starter');

test('kamado schema explain: of a catalogue, and of a server, which says the same', async (t) => {
  const explain = ['schema', 'explain', 'my_service'];
  const offline = await kamado(t, [...explain, '--catalog', catalog]);
  assert.equal(offline.code, 0, offline.stderr);
  assert.match(offline.stdout, /^my_service: My service: What somebody orders, built at a site\.\n/);
  assert.match(offline.stdout, /^ {4}- Template my_service:\n {6}- site: site_id$/m);

  const application = await startApplicationHere({ catalog, dataDir: temporaryFolder(t) });
  t.after(() => application.close());
  const served = await kamado(t, [...explain, '--endpoint', application.base]);
  assert.deepEqual(served, offline);
  const json = await kamado(t, [...explain, '--endpoint', application.base, '--output-format', 'json']);
  const { type, work } = objectOf(JSON.parse(json.stdout));
  assert.equal(type, 'my_service');
  assert.ok(Array.isArray(work) && work.length === 1);
  assertFailed(await kamado(t, ['schema', 'explain', 'service', '--catalog', catalog]), 1, /There is no type service/);
});

test('kamado catalog test: what passed, what failed, and what there is nothing of', async (t) => {
  const tested = await kamado(t, ['catalog', 'test', catalog, 'stays', 'Sizes']);
  assert.deepEqual(tested, {
    code: 0,
    stdout:
      'ok  A site stays as long as something is built at it\n' +
      'ok  Sizes are small or large, and sites have to be there\n2 passed, 0 failed\n',
    stderr: '',
  });
  assertFailed(await kamado(t, ['catalog', 'test', catalog, 'nothing']), 2, /no example of .* is named like that/);
  const none = join(packageRoot, 'catalog', 'network-2017');
  assertFailed(await kamado(t, ['catalog', 'test', none]), 2, /network-2017 has no examples/);
});
