import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { changedCatalog, shippedCatalog } from '../acceptance/catalogs.ts';
import { PASSWORD, startLabRouters } from '../acceptance/lab-routers.ts';
import { createEdgeRouters } from '../acceptance/reference.ts';
import { restOf, textOf, until, untilStatus } from '../acceptance/rest.ts';
import { kamado, kamadoFile, start, startUp, temporaryFolder } from './helpers.ts';

const HA = '/v2.0/ha_routers';
/** What the password is recognized by, however it is escaped. */
const SECRET = PASSWORD.slice(0, 10);

test('a running system is recorded, and its recording replayed', async (t) => {
  const folder = temporaryFolder(t);
  const lab = await startLabRouters(2);
  t.after(() => lab.close());
  const up = await startUp(t, ['--data-dir', join(folder, 'data')]);
  const rest = restOf(Number(new URL(up.endpoint).port));
  const [primary = '', secondary = ''] = await createEdgeRouters(rest, lab.fields);
  const run = join(folder, 'run');
  const recording = start(t, kamadoFile, ['record', run, '--endpoint', up.endpoint]);
  await until('the recording', () => /Recording into/.test(recording.output().stderr));
  const fields = { name: 'recorded', primary_router_id: primary, secondary_router_id: secondary };
  const id = textOf((await rest.create(HA, fields)).id);
  await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
  await rest.call('PATCH', `${HA}/${id}`, { ha_router: { description: 'changed' } });
  await until('the state of version 2', async () => {
    const [state] = await rest.store(`/state${HA}/${id}`);
    return /"version":2/.test(textOf(state?.value)) && (await rest.store('/jobs/')).length === 0;
  });
  await rest.call('DELETE', `${HA}/${id}`);
  await until('no trace of it', async () => (await rest.store('/esi-worker/config/v2.0/ha_routers/')).length === 0);
  const recorded = await recording.end('SIGINT');
  assert.equal(recorded.code, 0, recorded.stderr);

  for (const file of ['events_full.jsonl', 'run.json', 'schemas.json']) {
    assert.ok(!readFileSync(join(run, file), 'utf8').includes(SECRET), file);
  }

  const replayed = await kamado(t, ['replay', run]);
  assert.equal(replayed.code, 0, replayed.stdout);
  assert.match(replayed.stdout, /^jobs +4 +4 +0 +0$/m);

  const same = await kamado(t, ['replay', '--against', shippedCatalog('network-2017'), '--endpoint', up.endpoint]);
  assert.match(same.stdout, /^None of 2 would be planned differently\.$/m);
  const changed = await changedCatalog(folder, (text) => text.replace('field: ip', 'field: name'));
  const other = await kamado(t, ['replay', '--against', changed, '--endpoint', up.endpoint, '--json']);
  assert.equal(other.code, 0, other.stderr);
  const report = parseJson(other.stdout);
  assert.ok(isJsonObject(report) && Array.isArray(report.changed) && report.changed.length > 0, other.stdout);
  assert.match(other.stdout, /name of edge_router:/);
  for (const { stdout } of [replayed, other]) assert.ok(!stdout.includes(SECRET));
});
