import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { startOpenStackDouble } from '../../lab/openstack/openstack-double.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { badChecks, waiterMappings, writeCanaryCatalog } from './canary-catalog.ts';
import { startLabRouters } from './lab-routers.ts';
import { startProcess } from './processes.ts';
import { listOf, objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';

/** Stands in every secret. */
const MARK = 'kanarie7q';
const SAFES = '/v2.0/safes';
const CRATES = '/v2.0/crates';
const WAITERS = '/v2.0/waiters';
const PROJECT = 'tenant';

const secrets = {
  pin: `${MARK}-pin "'&<é`,
  password: `${MARK}-password`,
  nested: { deep: { key: `${MARK}-nested` } },
  listed: [{ community: `${MARK}-listed` }],
  free: { deep: [{ password: `${MARK}-free` }] },
} satisfies JsonObject;

/** What may be found of a secret in a text: as it is, in other letters, and in the encodings that hide it. */
const traces = [
  MARK,
  ...[0, 1, 2].map((before) => {
    const base64 = Buffer.concat([Buffer.alloc(before), Buffer.from(MARK)]).toString('base64');
    return base64.slice(before + 1, -4).toLowerCase();
  }),
  Buffer.from(MARK).toString('hex'),
];

function assertSilent(what: string, text: string, made: readonly string[]): void {
  assert.ok(text.length > 1, `${what}: there is something to look through`);
  const plain = text.toLowerCase();
  for (const trace of [...traces, ...made.map((secret) => secret.toLowerCase())]) {
    const at = plain.indexOf(trace);
    assert.equal(at, -1, `${what} holds ${trace}: ${text.slice(Math.max(0, at - 400), at + 100)}`);
  }
}

test('no secret of any kind comes out, on whatever way it goes', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-canary-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const keystone = { password: `${MARK}-cloud`, projects: [PROJECT] };
  const double = await startOpenStackDouble({ runtime: systemRuntime, keystone });
  t.after(() => double.close());
  const lab = await startLabRouters(1);
  t.after(lab.close);
  const catalog = await writeCanaryCatalog(folder);
  const environment = { ...double.environment };
  const settings = { dataDir: join(folder, 'data'), catalog, logLevel: 'debug', environment };
  const application = await startProcess(settings);
  t.after(() => application.kill());
  const { rest } = application;
  const reported = new Map<string, string>();
  const note = (what: string, text: string): void => void reported.set(what, text);
  const resources: (readonly [string, string])[] = [];
  const made: string[] = [];
  const refused = async (method: string, path: string, body: JsonObject): Promise<void> => {
    const answer = await rest.call(method, path, body);
    assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`);
    note(`the refusal of ${method} ${path} ${reported.size}`, JSON.stringify(answer.body));
  };
  const create = async (url: string, fields: JsonObject): Promise<JsonObject> => {
    const resource = await rest.create(url, fields);
    resources.push([url.slice('/v2.0/'.length, -1), textOf(resource.id)]);
    return resource;
  };

  // Good ones, and what REST answers, which holds them.
  const safe = await create(SAFES, { ...secrets, name: 'good' });
  const safe_id = textOf(safe.id);
  made.push(textOf(safe.made));
  assert.equal(textOf(safe.made).length, 20);
  assert.equal(safe.copied, `copy of ${secrets.pin}`);
  assert.equal((await rest.get(`${SAFES}/${safe_id}`))?.pin, secrets.pin, 'REST answers as ever');
  await untilStatus(rest, `${SAFES}/${safe_id}`, 'ACTIVE');
  const hidden = { plain: `${MARK}-plain`, password: secrets.password };
  // What a template hides of an open property is no secret of the schema, and stays out of sight of the job alone.
  const crateFields = { tenant_id: PROJECT, safe_id, name: 'crate', password: secrets.password, plain: 'hush-hush-1' };
  const good = await create(CRATES, crateFields);
  await untilStatus(rest, `${CRATES}/${good.id}`, 'ACTIVE');

  // Checks, stacks, hooks and requests that fail with them.
  const [router] = lab.fields;
  for (const kind of Object.keys(badChecks)) {
    const bad = await create(SAFES, { ...secrets, kind, host: router?.ip ?? '', port: router?.ssh_port ?? 1 });
    made.push(textOf(bad.made));
    await untilStatus(rest, `${SAFES}/${bad.id}`, 'ERROR');
  }
  for (const fields of [{ kind: 'strict' }, { kind: 'strict', tenant_id: 'elsewhere' }]) {
    const bad = await create(CRATES, { ...crateFields, ...fields });
    await untilStatus(rest, `${CRATES}/${bad.id}`, 'ERROR');
  }
  await refused('POST', SAFES, { safe: { ...secrets, pin: { nested: secrets.pin } } });
  await refused('POST', SAFES, { safe: { ...secrets, port: secrets.pin } });
  await refused('POST', SAFES, { safe: { ...secrets, surprise: hidden.plain } });
  await refused('POST', SAFES, { safe: { ...secrets, name: 'throws' } });
  await refused('PATCH', `${SAFES}/${safe_id}`, { safe: { name: 'throws inside' } });
  assert.equal((await rest.call('PATCH', `${SAFES}/${safe_id}`, { safe: { name: 'throws behind' } })).status, 200);
  note('a refused list', JSON.stringify((await rest.call('GET', `${SAFES}?pin=${MARK}&limit=x`)).body));

  // Jobs that stay, planned while all of their parameters were secret; then the mappings say otherwise.
  const waiter = await create(WAITERS, { safe_id, name: 'seen', pin: secrets.pin });
  await until('the job', async () => (await rest.store('/jobs/all/create:monitoring_worker:waiter')).length === 1);
  const open = { parameter_mappings: Object.fromEntries(Object.keys(waiterMappings).map((name) => [name, 'Pname'])) };
  assert.equal((await rest.call('PATCH', '/v2.0/heat_templates/waiter', { heat_template: open })).status, 200);
  await until('the new mappings', async () => {
    const [config] = await rest.store('/config/v2.0/heat_templates/waiter');
    return textOf(config?.value).includes('Pname');
  });
  const [kept] = await rest.store('/jobs/all/create:monitoring_worker:waiter');
  const [, job] = JSON.parse(textOf(kept?.value));
  const shown = (job.params as { param: string; value: string }[]).map(({ param, value }) => [param, value]);
  assert.deepEqual(Object.fromEntries(shown), { own: '***', far: '***', both: '***', open: 'seen', id: waiter.id });

  const whole = async (when: string): Promise<void> => {
    note(`the store ${when}`, JSON.stringify(await everything(rest)));
    note(`the history ${when}`, await history(rest));
    for (const [type, id] of resources) {
      const entries = await until(`the timeline of ${type} ${id}`, async () => {
        const found = await rest.timeline(type, id);
        return found.length > 2 && found;
      });
      note(`the timeline of ${type} ${id} ${when}`, JSON.stringify(entries));
    }
  };
  await whole('before');
  const stack = JSON.parse(reported.get('the store before') ?? '[]').find(
    ({ key }: { key: string }) => key === `/esi-worker/heat_stacks${CRATES}/${good.id}`,
  );
  const outputs = listOf(JSON.parse(stack.value).output).map(objectOf);
  assert.deepEqual(Object.fromEntries(outputs.map(({ output_key, output_value }) => [output_key, output_value])), {
    open: 'crate',
    made: '***',
    'with"quotes_password': '***',
    indirect: '***',
  });
  assert.doesNotMatch(reported.get('the history before') ?? '', /x-hush-hush-1/);

  for (const [type, id] of [...resources].reverse()) await rest.call('DELETE', `/v2.0/${type}s/${id}`);
  await until('the end of the crate', async () => (await rest.get(`${CRATES}/${good.id}`)) === null);
  assert.notEqual(waiter.id, undefined);
  await application.stop();
  note('the log', application.log());
  assert.match(reported.get('the log') ?? '', /A hook failed/);
  const second = await startProcess(settings);
  t.after(() => second.kill());
  note('the history after a start', await history(second.rest));
  await second.stop();
  note('the log of the second', second.log());
  for (const [what, text] of reported) assertSilent(what, text, made);
});

/** All of the store, and each key by itself. */
async function everything(rest: Rest): Promise<readonly JsonObject[]> {
  const entries = await rest.store('/');
  const one = await Promise.all(
    entries.map(({ key }) => rest.call('GET', `/kamado/v1/store/key?key=${encodeURIComponent(textOf(key))}`)),
  );
  assert.deepEqual(
    one.map(({ status }) => status).filter((status) => status !== 200),
    [],
  );
  return [...entries, ...one.map(({ body }) => objectOf(body))];
}

/** All changes of the store from the first one to now, as the watches of some prefixes tell them. */
async function history(rest: Rest): Promise<string> {
  const { body } = await rest.call('GET', '/kamado/v1/store?limit=1');
  const { revision } = objectOf(body);
  let all = '';
  for (const prefix of ['', '/jobs/', '/state/', '/esi-worker/']) {
    const over = new AbortController();
    const path = `/kamado/v1/store/watch?prefix=${encodeURIComponent(prefix)}&from=1`;
    const response = await fetch(`${rest.origin}${path}`, { signal: over.signal });
    assert.equal(response.status, 200);
    const decoder = new TextDecoder();
    const timer = setTimeout(() => over.abort(), 3_000);
    try {
      for await (const chunk of response.body ?? []) {
        all += decoder.decode(chunk as Uint8Array, { stream: true });
        if (prefix === '' && all.includes(`"modRevision":${revision},`)) break;
      }
    } catch (error) {
      assert.ok(over.signal.aborted, String(error));
    }
    clearTimeout(timer);
    over.abort();
  }
  assert.match(all, /"key":"\/jobs\/all\//);
  return all;
}
