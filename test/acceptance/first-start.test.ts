import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startApplicationHere } from './application-here.ts';
import { startLabRouters } from './lab-routers.ts';
import { familyOf, writesOf } from './reference.ts';
import { objectOf, textOf, untilStatus } from './rest.ts';

test('what is asked for right after the first start is planned with the templates of the catalogue', async (context) => {
  const dataDir = await mkdtemp(join(tmpdir(), 'kamado-first-'));
  context.after(() => rm(dataDir, { recursive: true, force: true }));
  const lab = await startLabRouters(1);
  context.after(lab.close);
  const application = await startApplicationHere({ dataDir });
  context.after(application.close);
  // At once: the rooms are still finding out who leads.
  const id = textOf((await application.rest.create('/v2.0/edge_routers', lab.fields[0] ?? {})).id);
  await untilStatus(application.rest, `/v2.0/edge_routers/${id}`, 'ACTIVE');
  const states = (await writesOf(application.store, id)).filter((write) => familyOf(write.key) === '/state');
  assert.deepEqual(
    states.map((write) => objectOf(write.value).error),
    [''],
  );
});
