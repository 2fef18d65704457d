import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { postgresStartable, startPostgres } from '../support/postgres.ts';
import { needs } from '../support/services.ts';
import { changedCatalog } from './catalogs.ts';
import { LOGIN, PASSWORD, startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { createEdgeRouters } from './reference.ts';
import { objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';

const EDGE = '/v2.0/edge_routers';
const HA = '/v2.0/ha_routers';
/** A part of every password here that needs no escaping, in whatever text it might stand. */
const MARK = 's3cr3t-Zq9';
const WRONG = `${MARK}-wrong`;

test('J11: no secret in a log, an error, the timeline or what is shown of the store: embedded', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-secrets-'));
  context.after(() => rm(folder, { recursive: true, force: true }));
  const dataDir = join(folder, 'data');
  await lookForSecrets(context, folder, { dataDir }, { dataDir });
});

const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };
test(
  'J11: no secret in a log, an error, the timeline or what is shown of the store: network',
  services,
  async (context) => {
    const folder = await mkdtemp(join(tmpdir(), 'kamado-secrets-'));
    context.after(() => rm(folder, { recursive: true, force: true }));
    const etcd = await startEtcd();
    context.after(etcd.stop);
    const postgres = await startPostgres();
    context.after(postgres.stop);
    const database = new URL(await postgres.createDatabase());
    // Trusted all the same: it is there to be looked for.
    database.password = `${MARK}-database`;
    // A house that stands, and one whose database isn't there, which has to say so.
    const away = new URL(database);
    away.pathname = '/missing';
    const settings = { etcd: etcd.endpoint, database: database.href };
    await lookForSecrets(context, folder, settings, { etcd: etcd.endpoint, database: away.href });
  },
);

type Settings = Parameters<typeof startProcess>[0];

/** The whole way of good and of bad routers, then everything that anybody can read. */
async function lookForSecrets(
  context: test.TestContext,
  folder: string,
  settings: Settings,
  refused: Settings,
): Promise<void> {
  assert.ok(PASSWORD.includes(MARK));
  const catalog = await changedCatalog(folder, (templates) =>
    // A password that breaks the template, too.
    templates.replace('password: {{ password | tojson }}', '{{ login | tojson }}: {{ password }}'),
  );
  const reported: string[] = [];

  const lab = await startLabRouters(3);
  context.after(lab.close);
  const kamado = await start(context, settings);
  const { rest } = kamado;
  const [primary = '', secondary = ''] = await createEdgeRouters(rest, lab.fields.slice(0, 2));
  const ha = textOf((await rest.create(HA, { primary_router_id: primary, secondary_router_id: secondary })).id);
  await untilStatus(rest, `${HA}/${ha}`, 'ACTIVE');
  const wrong = textOf((await rest.create(EDGE, { ...lab.fields[2], password: WRONG })).id);
  await untilStatus(rest, `${EDGE}/${wrong}`, 'ERROR');
  assert.equal((await rest.get(`${EDGE}/${primary}`))?.password, PASSWORD, 'a GET shows it, as recorded');

  // Requests that are refused, each with a secret in it.
  for (const fields of [
    { ...lab.fields[0], password: { nested: WRONG } },
    { ...lab.fields[0], password: [WRONG] },
    { ...lab.fields[0], unknown: WRONG },
    { ...lab.fields[0], ssh_port: WRONG },
    { ...lab.fields[0] },
  ]) {
    const { status, body } = await rest.call('POST', EDGE, { edge_router: fields });
    assert.ok(status >= 400, `${status}`);
    reported.push(JSON.stringify(body));
  }
  const filtered = await rest.call('GET', `${EDGE}?password=${WRONG}&limit=x`);
  reported.push(JSON.stringify(filtered.body));

  await until('the timeline', async () => (await rest.timeline('edge_router', wrong)).length > 3);
  reported.push(...(await shown(rest, ['edge_router', primary], ['edge_router', wrong], ['ha_router', ha])));
  assert.equal((await rest.call('DELETE', `${HA}/${ha}`)).status, 204);
  await until('404', async () => (await rest.get(`${HA}/${ha}`)) === null);
  for (const id of [primary, wrong]) {
    assert.equal((await rest.call('DELETE', `${EDGE}/${id}`)).status, 204);
    await until('404', async () => (await rest.get(`${EDGE}/${id}`)) === null);
  }
  reported.push(...(await shown(rest, ['edge_router', primary], ['edge_router', wrong], ['ha_router', ha])));

  // A second start on the same, which is refused or joins, has nothing to tell either.
  const second = await startProcess(refused).then(
    async (joined) => {
      await joined.stop();
      return joined.log();
    },
    (error: Error) => error.message,
  );
  reported.push(second);
  await kamado.stop();
  reported.push(kamado.log());

  const broken = await start(context, { ...settings, catalog });
  const edge = textOf((await broken.rest.create(EDGE, { ...lab.fields[0], login: LOGIN })).id);
  await untilStatus(broken.rest, `${EDGE}/${edge}`, 'ERROR');
  reported.push(...(await shown(broken.rest, ['edge_router', edge])));
  await broken.stop();
  reported.push(broken.log());

  assert.ok(reported.join('').length > 10_000, 'there was something to look through');
  for (const text of reported) {
    const at = text.indexOf(MARK);
    assert.equal(at, -1, `a secret stands in: ${text.slice(Math.max(0, at - 300), at + 100)}`);
  }
}

async function start(context: test.TestContext, settings: Settings): Promise<KamadoProcess> {
  const started = await startProcess({ ...settings, logLevel: 'debug' });
  context.after(started.kill);
  return started;
}

/** What the API tells about the store, the timelines and the health. */
async function shown(rest: Rest, ...resources: readonly (readonly [string, string])[]): Promise<readonly string[]> {
  const timelines = await Promise.all(resources.map(([type, id]) => rest.timeline(type, id)));
  const entries = await rest.store('/');
  const keys = entries.map((entry) => textOf(entry.key));
  assert.ok(keys.some((key) => key.startsWith('/config/')));
  const one = await Promise.all(
    keys.map((key) => rest.call('GET', `/kamado/v1/store/key?key=${encodeURIComponent(key)}`)),
  );
  const ready = await rest.call('GET', '/readyz');
  assert.ok(one.every(({ status, body }) => status === 200 && objectOf(body).revision !== undefined));
  return [timelines, entries, one, ready.body].map((answer) => JSON.stringify(answer));
}
