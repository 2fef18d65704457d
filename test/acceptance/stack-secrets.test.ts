import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startOpenStackDouble } from '../../lab/openstack/openstack-double.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { startProcess } from './processes.ts';
import { textOf, until, untilStatus } from './rest.ts';
import { CRATES } from './stack-application.ts';
import { writeStackCatalog } from './stack-catalog.ts';

/** Stands in every secret. */
const MARK = 'hush';
const USER_PASSWORD = `${MARK}-of-the-cloud`;
const PASSWORD = `${MARK}-of-a-crate`;

test('no secret of a stack or of the cloud is told: not by logs, errors, timelines or what is shown of the store', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-stack-secrets-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const project = 'tenant';
  const keystone = { password: USER_PASSWORD, projects: [project] };
  const double = await startOpenStackDouble({ runtime: systemRuntime, keystone });
  t.after(() => double.close());
  const environment = { ...double.environment };
  const catalog = await writeStackCatalog(folder);
  const application = await startProcess({ dataDir: join(folder, 'data'), catalog, logLevel: 'debug', environment });
  t.after(() => application.kill());
  const { rest } = application;
  const good = textOf((await rest.create(CRATES, { tenant_id: project, password: PASSWORD })).id);
  await untilStatus(rest, `${CRATES}/${good}`, 'ACTIVE');

  // Heat repeats the value that it refuses.
  const strict = {
    id: 'strict',
    handler: 'heat_worker',
    parameter_mappings: { password: 'Ppassword', number: 'Ppassword' },
    template_file: `heat_template_version: 2015-04-30
parameters:
  number: { type: number }
  password: { type: string, constraints: [{ length: { max: 3 } }] }
`,
  };
  assert.equal((await rest.call('POST', '/v2.0/heat_templates', { heat_template: strict })).status, 201);
  const bad = textOf((await rest.create(CRATES, { tenant_id: project, kind: 'strict', password: PASSWORD })).id);
  await untilStatus(rest, `${CRATES}/${bad}`, 'ERROR');
  // A project in which the cloud's user has no role.
  const foreign = textOf((await rest.create(CRATES, { tenant_id: 'elsewhere', password: PASSWORD })).id);
  await untilStatus(rest, `${CRATES}/${foreign}`, 'ERROR');

  const ids = [good, bad, foreign];
  await until('the timelines', async () => {
    const reported = await Promise.all(ids.map((id) => rest.timeline('crate', id)));
    return reported.every((entries) => entries.some(({ key }) => String(key).startsWith('/state/')));
  });
  const timelines = await Promise.all(ids.map((id) => rest.timeline('crate', id)));
  const entries = await rest.store('/');
  const record = entries.find(({ key }) => key === `/esi-worker/heat_stacks${CRATES}/${good}`);
  assert.match(textOf(record?.value), /"output_key":"api_token"[^}]*"output_value":"\*\*\*"/);
  const reported = [JSON.stringify(timelines), JSON.stringify(entries), application.log()];
  assert.match(reported.join(''), /\*\*\*.*|refused/);
  for (const text of reported) {
    const at = text.indexOf(MARK);
    assert.equal(at, -1, `a secret stands in: ${text.slice(Math.max(0, at - 300), at + 100)}`);
  }
});
