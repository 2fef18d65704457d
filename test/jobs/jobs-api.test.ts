import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { listOf, objectOf, type Rest, textOf, until, untilStatus } from '../acceptance/rest.ts';
import { kamado, temporaryFolder } from '../cli/helpers.ts';
import { noting, relationTo, startJobsApplication, typeSchema, writeCatalog } from './jobs-application.ts';

/** Crates wait for a cloud that nobody has; boxes stand on crates and are made here, as jars are. */
const schemas = [
  typeSchema('crate', ['heat_worker']),
  typeSchema('box', ['maker'], { on_id: relationTo('crate') }),
  typeSchema('jar', ['maker'], { on_id: relationTo('box') }),
];

async function jobsOf(rest: Rest, query = ''): Promise<readonly JsonObject[]> {
  const { status, body } = await rest.call('GET', `/kamado/v1/jobs${query}`);
  assert.equal(status, 200, JSON.stringify(body));
  return listOf(objectOf(body).jobs).map(objectOf);
}

const jobOf = (rest: Rest, id: string): Promise<JsonObject> =>
  until(`a job of ${id}`, async () => (await jobsOf(rest, `?resource_id=${id}`))[0]);

const pathOf = (job: JsonObject): string => `/kamado/v1/jobs/${encodeURIComponent(textOf(job.id))}`;

test('jobs are listed with their age and why they wait, and shown without secrets', async (t) => {
  const folder = temporaryFolder(t);
  const { rest } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'c'), schemas), [
    noting('maker'),
  ]);
  await rest.create('/v2.0/crates', { id: 'c1', name: 'first', pass: 'canary-4711' });
  const long = 'x'.repeat(255);
  await rest.create('/v2.0/crates', { id: long });
  assert.equal((await rest.call('GET', pathOf(await jobOf(rest, long)))).status, 200);
  assert.equal((await rest.call('POST', pathOf(await jobOf(rest, long)), {})).status, 405);
  await jobOf(rest, 'c1');
  await rest.create('/v2.0/boxs', { id: 'b1', on_id: 'c1' });
  const crate = await jobOf(rest, 'c1');
  assert.match(textOf(crate.why), /no running worker has the handler heat_worker/);
  assert.deepEqual(
    [crate.state, crate.attempt, crate.handler, crate.action, crate.version],
    ['ready', 0, 'heat_worker', 'create', 1],
  );
  assert.ok(typeof crate.age_ms === 'number' && crate.age_ms >= 0);
  const box = await jobOf(rest, 'b1');
  assert.equal(box.state, 'waiting');
  assert.deepEqual(box.waits_for, [crate.id]);
  assert.equal((await jobsOf(rest, '?state=ready&type=crate&handler=heat_worker')).length, 2);
  assert.deepEqual(await jobsOf(rest, '?handler=maker&state=ready'), []);
  const { status, body } = await rest.call('GET', pathOf(crate));
  assert.equal(status, 200);
  assert.equal(objectOf(objectOf(objectOf(body).job).resource_input).name, 'first');
  assert.doesNotMatch(JSON.stringify(body), /canary-4711/);
  for (const [path, code] of [
    ['?state=lost', 400],
    ['?limit=100000', 400],
    ['?color=red', 400],
    ['/create:x:y:z:1:abcde', 404],
    ['/nonsense', 404],
  ] as const) {
    assert.equal((await rest.call('GET', `/kamado/v1/jobs${path}`)).status, code, path);
  }
});

test('a list of jobs comes in pages', async (t) => {
  const folder = temporaryFolder(t);
  const { rest, endpoint } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'c'), schemas), [
    noting('maker'),
  ]);
  const ids = Array.from({ length: 7 }, (_, i) => `c${i}`);
  for (const id of ids) await rest.create('/v2.0/crates', { id });
  await until('all are planned', async () => (await jobsOf(rest)).length === ids.length);
  const seen: string[] = [];
  let path = '/kamado/v1/jobs?limit=3&state=ready';
  for (let pages = 1; path !== ''; pages++) {
    assert.ok(pages <= 4);
    const answer = await fetch(endpoint + path);
    const page = listOf(objectOf(await answer.json()).jobs).map(objectOf);
    assert.ok(page.length <= 3);
    seen.push(...page.map(({ resource_id }) => textOf(resource_id)));
    path = /^<([^>]*)>; rel="next"$/.exec(answer.headers.get('link') ?? '')?.[1] ?? '';
  }
  assert.deepEqual(seen, ids);
  const listed = await kamado(t, ['job', 'list', '--output-format', 'json', '--endpoint', endpoint]);
  assert.equal(listed.code, 0, listed.stderr);
  assert.equal(JSON.parse(listed.stdout).length, ids.length);
});

test('what was never built can be deleted though nobody has its handler; and so can what it stands on', async (t) => {
  const folder = temporaryFolder(t);
  const { rest } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'c'), schemas), [
    noting('maker'),
  ]);
  await rest.create('/v2.0/crates', { id: 'c1' });
  await jobOf(rest, 'c1');
  await rest.create('/v2.0/boxs', { id: 'b1', on_id: 'c1' });
  await jobOf(rest, 'b1');
  // A box is a maker's, who lives: it is asked to undo it, and may since nothing comes before.
  assert.equal((await rest.call('DELETE', '/v2.0/boxs/b1')).status, 204);
  assert.equal((await rest.call('DELETE', '/v2.0/crates/c1')).status, 409);
  const create = await jobOf(rest, 'c1');
  const cancelled = await rest.call('POST', `${pathOf(create)}/cancel?dry_run=true`, {});
  assert.equal(cancelled.status, 200);
  assert.equal(objectOf(cancelled.body).count, 1);
  const done = await rest.call('POST', `${pathOf(create)}/cancel`, { dependents: 1 });
  assert.equal(done.status, 200, JSON.stringify(done.body));
  await untilStatus(rest, '/v2.0/crates/c1', 'ERROR');
  assert.equal((await rest.call('DELETE', '/v2.0/boxs/b1')).status, 204);
  await until('the box is gone', async () => (await rest.get('/v2.0/boxs/b1')) === null);
  assert.equal((await rest.call('DELETE', '/v2.0/crates/c1')).status, 204);
  await until('the crate is gone', async () => (await rest.get('/v2.0/crates/c1')) === null);
  assert.deepEqual(await jobsOf(rest), []);
  // At once, with the create still waiting.
  await rest.create('/v2.0/crates', { id: 'c2' });
  await jobOf(rest, 'c2');
  assert.equal((await rest.call('DELETE', '/v2.0/crates/c2')).status, 204);
  await until('the crate is gone', async () => (await rest.get('/v2.0/crates/c2')) === null);
  const left = (await rest.store('/')).map(({ key }) => textOf(key)).filter((key) => /\bc[12]\b|\bb1\b/.test(key));
  assert.deepEqual(left, []);
});

test('a job is cancelled with its dependents, seen before, and tried again', async (t) => {
  const folder = temporaryFolder(t);
  const notes: string[] = [];
  const { rest, endpoint } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'c'), schemas), [
    noting('maker', notes),
  ]);
  const cli = (...args: readonly string[]) => kamado(t, ['job', ...args, '--endpoint', endpoint]);
  await rest.create('/v2.0/crates', { id: 'c1' });
  await jobOf(rest, 'c1');
  await rest.create('/v2.0/boxs', { id: 'b1', on_id: 'c1' });
  await jobOf(rest, 'b1');
  await rest.create('/v2.0/jars', { id: 'j1', on_id: 'b1' });
  await jobOf(rest, 'j1');
  const crate = await jobOf(rest, 'c1');
  const id = textOf(crate.id);
  const unseen = await rest.call('POST', `${pathOf(crate)}/cancel`, {});
  assert.equal(unseen.status, 409);
  assert.equal(objectOf(unseen.body).code, 'JOB_HAS_DEPENDENTS');
  assert.equal((await rest.call('POST', `${pathOf(crate)}/cancel`)).status, 400);
  const dry = await cli('cancel', id, '--dry-run');
  assert.equal(dry.code, 0, dry.stderr);
  for (const other of ['create:maker:box:b1:1', 'create:maker:jar:j1:1']) assert.ok(dry.stdout.includes(other));
  assert.equal((await jobsOf(rest)).length, 3);
  const asked = await cli('cancel', id);
  assert.equal(asked.code, 2);
  assert.match(asked.stderr, /--yes/);
  const yes = await cli('cancel', id, '--yes');
  assert.equal(yes.code, 0, yes.stderr);
  const crateRow = await untilStatus(rest, '/v2.0/crates/c1', 'ERROR');
  assert.ok(crateRow);
  for (const url of ['/v2.0/boxs/b1', '/v2.0/jars/j1']) await untilStatus(rest, url, 'ERROR');
  const states = (await rest.store('/state/')).map(({ value }) => objectOf(JSON.parse(textOf(value))));
  assert.equal(states.filter(({ error }) => error === `canceled: job ${id} was canceled by an operator`).length, 1);
  assert.equal(states.filter(({ error }) => error === `canceled: dependency ${id} failed`).length, 2);
  assert.deepEqual(await jobsOf(rest), []);
  const failed = await jobsOf(rest, '?state=failed');
  assert.deepEqual(failed.map(({ resource_id, begun }) => [resource_id, begun]).sort(), [
    ['b1', false],
    ['c1', false],
    ['j1', false],
  ]);
  assert.match((await cli('list', '--state', 'failed')).stdout, /canceled by an operator/);
  const again = await cli('retry', id);
  assert.equal(again.code, 0, again.stderr);
  const planned = await jobOf(rest, 'c1');
  assert.notEqual(planned.id, id);
  assert.equal(planned.attempt, 0);
  assert.equal((await rest.call('POST', `${pathOf(crate)}/retry`, {})).status, 409);
  assert.equal((await cli('show', textOf(planned.id))).code, 0);
  // The others are tried again after what they stand on.
  const box = failed.find(({ resource_id }) => resource_id === 'b1');
  assert.equal((await rest.call('POST', `${pathOf(objectOf(box))}/retry`, {})).status, 200);
  assert.deepEqual((await jobOf(rest, 'b1')).waits_for, [planned.id]);
  assert.deepEqual(notes, []);
});

test('what is being worked on is neither cancelled nor tried again', async (t) => {
  const folder = temporaryFolder(t);
  let go = (): void => {};
  const gate = new Promise<void>((resolve) => {
    go = resolve;
  });
  const slow = { name: 'maker', canModify: true, run: async () => gate.then(() => ({})) };
  const { rest } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'c'), schemas), [slow]);
  await rest.create('/v2.0/boxs', { id: 'b1' });
  const job = await until('it is worked on', async () => (await jobsOf(rest, '?state=working'))[0]);
  for (const [action, body] of [
    ['cancel', { dependents: 0 }],
    ['retry', {}],
  ] as const) {
    const { status, body: problem } = await rest.call('POST', `${pathOf(job)}/${action}`, body);
    assert.equal(status, 409);
    assert.equal(objectOf(problem).code, 'JOB_RUNNING');
  }
  go();
  await untilStatus(rest, '/v2.0/boxs/b1', 'ACTIVE');
  assert.equal((await rest.call('POST', `${pathOf(job)}/cancel`, {})).status, 404);
  assert.equal((await rest.call('POST', `${pathOf(job)}/retry`, {})).status, 404);
});

test('jobs for a handler that the catalogue names no more give way to what it names now', async (t) => {
  const folder = temporaryFolder(t);
  const before = await writeCatalog(join(folder, 'before'), schemas);
  const first = await startJobsApplication(t, folder, before, [noting('maker')]);
  for (const id of ['c1', 'c2']) await first.rest.create('/v2.0/crates', { id });
  await jobOf(first.rest, 'c2');
  await first.rest.create('/v2.0/boxs', { id: 'b1', on_id: 'c1' });
  await jobOf(first.rest, 'b1');
  await first.close();
  const notes: string[] = [];
  const renamed = [typeSchema('crate', ['maker']), ...schemas.slice(1)];
  const second = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'renamed'), renamed), [
    noting('maker', notes),
  ]);
  for (const url of ['/v2.0/crates/c1', '/v2.0/crates/c2', '/v2.0/boxs/b1']) {
    await untilStatus(second.rest, url, 'ACTIVE');
  }
  assert.deepEqual([...notes.slice(0, 2)].sort(), ['create crate:c1', 'create crate:c2']);
  assert.deepEqual(notes.slice(2), ['create box:b1']);
  assert.deepEqual(await jobsOf(second.rest), []);
});

test('jobs of a type without handlers any more leave; what waited for them goes on', async (t) => {
  const folder = temporaryFolder(t);
  const first = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'before'), schemas), [
    noting('maker'),
  ]);
  await first.rest.create('/v2.0/crates', { id: 'c1' });
  await jobOf(first.rest, 'c1');
  await first.rest.create('/v2.0/boxs', { id: 'b1', on_id: 'c1' });
  await jobOf(first.rest, 'b1');
  await first.close();
  const without = [typeSchema('crate', []), ...schemas.slice(1)];
  const second = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'without'), without), []).then(
    () => assert.fail('maker is unknown'),
    (error: unknown) => error,
  );
  assert.match(String(second), /no worker has a handler maker/);
  const third = await startJobsApplication(t, folder, join(folder, 'without'), [noting('maker')]);
  await untilStatus(third.rest, '/v2.0/boxs/b1', 'ACTIVE');
  await untilStatus(third.rest, '/v2.0/crates/c1', 'ACTIVE');
  assert.deepEqual(await jobsOf(third.rest), []);
});

test('where too much waits for a job that gives way, all of it ends with a state that says so, and can be tried again', async (t) => {
  const folder = temporaryFolder(t);
  const first = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'before'), schemas), [
    noting('maker'),
  ]);
  await first.rest.create('/v2.0/crates', { id: 'c1' });
  await jobOf(first.rest, 'c1');
  const boxes = Array.from({ length: 110 }, (_, i) => `b${i}`);
  for (const id of boxes) await first.rest.create('/v2.0/boxs', { id, on_id: 'c1' });
  await until('all wait', async () => (await jobsOf(first.rest, '?type=box&limit=200')).length === boxes.length);
  await first.close();
  const renamed = [typeSchema('crate', ['maker']), ...schemas.slice(1)];
  const { rest } = await startJobsApplication(t, folder, await writeCatalog(join(folder, 'renamed'), renamed), [
    noting('maker'),
  ]);
  await untilStatus(rest, '/v2.0/crates/c1', 'ERROR');
  await until('all have failed', async () => (await jobsOf(rest, '?state=failed&limit=200')).length === 111);
  const [crate] = await jobsOf(rest, '?state=failed&type=crate');
  assert.match(textOf(objectOf(crate).why), /was superseded/);
  assert.equal((await rest.call('POST', `${pathOf(objectOf(crate))}/retry`, {})).status, 200);
  await untilStatus(rest, '/v2.0/crates/c1', 'ACTIVE');
  const [box] = await jobsOf(rest, '?state=failed&type=box');
  assert.equal((await rest.call('POST', `${pathOf(objectOf(box))}/retry`, {})).status, 200);
  await untilStatus(rest, `/v2.0/boxs/${textOf(objectOf(box).resource_id)}`, 'ACTIVE');
});
