import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Fault } from '../../lab/fault.ts';
import { faultNames } from '../../lab/fault.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Store } from '../../src/store/store.ts';
import { type ApplicationHere, startApplicationHere } from './application-here.ts';
import { changedCatalog } from './catalogs.ts';
import { LOGIN, PASSWORD, startLabRouters } from './lab-routers.ts';
import { createEdgeRouters } from './reference.ts';
import { objectOf, textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, untilIdle } from './traces-left.ts';

const EDGE = '/v2.0/edge_routers';
const HA = '/v2.0/ha_routers';

describe('starts that are refused', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-refused-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('a data folder in use', async (context) => {
    const dataDir = join(folder, 'in-use');
    const application = await startApplicationHere({ dataDir });
    context.after(application.close);
    await assert.rejects(startApplicationHere({ dataDir }), (error) => isKamadoError(error, 'DATA_FOLDER_IN_USE'));
    assert.equal((await application.rest.call('GET', '/readyz')).status, 200, 'the first one goes on');
  });

  test('a port in use, after which nothing of the second start is left', async (context) => {
    const application = await startApplicationHere({ dataDir: join(folder, 'first') });
    context.after(application.close);
    const port = new URL(application.base).port;
    const dataDir = join(folder, 'second');
    await assert.rejects(startApplicationHere({ dataDir, port }), (error) => isKamadoError(error, 'PORT_IN_USE'));
    const again = await startApplicationHere({ dataDir });
    await again.close();
  });

  test('a store of another cluster', async () => {
    const dataDir = join(folder, 'mine');
    const database = `sqlite:${join(folder, 'another.sqlite')}`;
    for (const given of [{ dataDir }, { dataDir: join(folder, 'another'), database }]) {
      const application = await startApplicationHere(given);
      await application.close();
    }
    const refused = startApplicationHere({ dataDir, database });
    await assert.rejects(refused, (error) => isKamadoError(error, 'CLUSTER_MISMATCH'));
    const application = await startApplicationHere({ dataDir });
    await application.close();
  });
});

describe('devices and values that are no good', () => {
  let folder = '';
  let catalog = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-bad-'));
    // What can't be reached is given up soon.
    catalog = await changedCatalog(folder, (templates) =>
      templates.replace('type: netconf', 'type: netconf\n        timeout: 1.5\n        time_between_retries: 0.1'),
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('an edge router that an HA router uses is not deleted', async (context) => {
    const lab = await startLabRouters(2);
    context.after(lab.close);
    const application = await startApplicationHere({ dataDir: join(folder, 'used'), catalog });
    context.after(application.close);
    const { rest } = application;
    const [primary = '', secondary = ''] = await createEdgeRouters(rest, lab.fields);
    const id = textOf((await rest.create(HA, { primary_router_id: primary, secondary_router_id: secondary })).id);
    await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
    const { status, body } = await rest.call('DELETE', `${EDGE}/${primary}`);
    assert.equal(status, 409);
    assert.equal(objectOf(body).code, 'RESOURCE_IN_USE');
    assert.match(textOf(objectOf(body).detail), new RegExp(id));
    assert.equal((await rest.get(`${EDGE}/${primary}`))?.status, 'ACTIVE', 'nothing has changed');
    // Also while it is on its way out: the row refers to it until it is gone.
    assert.equal((await rest.call('DELETE', `${HA}/${id}`)).status, 204);
    await until('404', async () => (await rest.get(`${HA}/${id}`)) === null);
    assert.equal((await rest.call('DELETE', `${EDGE}/${primary}`)).status, 204);
    await until('404', async () => (await rest.get(`${EDGE}/${primary}`)) === null);
    await untilIdle(application);
    await assertConsistent(application, ['edge_router', 'ha_router']);
    const { entries } = await application.store.get({ from: '/kamado/host_keys/', to: '/kamado/host_keys0' });
    assert.deepEqual(
      entries.map((entry) => entry.key),
      [`/kamado/host_keys${EDGE}/${secondary}`],
      'its host key is forgotten',
    );
  });

  for (const [name, fault] of faultNames) {
    // After the hellos, all that a check asks for has been seen.
    const shows = fault.kind === 'refuse' || (fault.kind !== 'none' && fault.after !== 'hello');
    if (shows) test(`a device that fails by ${name}`, (context) => breakAndHeal(context, name, fault));
  }

  /** A broken device: ERROR with a reason for it and for the HA router above; healed, a PATCH of each is enough. */
  async function breakAndHeal(context: test.TestContext, name: string, fault: Fault): Promise<void> {
    const lab = await startLabRouters(2);
    context.after(lab.close);
    const [, broken] = lab.routers;
    assert.ok(broken !== undefined);
    broken.setFault(fault);
    const application = await startApplicationHere({ dataDir: join(folder, name.replace(':', '-')), catalog });
    context.after(application.close);
    const { rest } = application;
    const edges = await Promise.all(lab.fields.map((fields) => rest.create(EDGE, fields)));
    const [primary = '', secondary = ''] = edges.map((edge) => textOf(edge.id));
    const id = textOf((await rest.create(HA, { primary_router_id: primary, secondary_router_id: secondary })).id);
    await untilStatus(rest, `${EDGE}/${primary}`, 'ACTIVE');
    await untilStatus(rest, `${EDGE}/${secondary}`, 'ERROR');
    await untilStatus(rest, `${HA}/${id}`, 'ERROR');
    const reason = await errorOf(application.store, `/state${EDGE}/${secondary}`);
    assert.match(reason, /127\.0\.0\.3/, `the device is named: ${reason}`);
    assert.ok(!reason.includes(PASSWORD));
    const above = await errorOf(application.store, `/state${HA}/${id}`);
    assert.match(above, new RegExp(`edge_router.*${secondary}`), `the culprit is named: ${above}`);
    assert.ok(!above.includes(PASSWORD));
    await untilIdle(application);

    broken.setFault({ kind: 'none' });
    await patch(application, `${EDGE}/${secondary}`, { edge_router: { description: 'healed' } });
    await untilStatus(rest, `${EDGE}/${secondary}`, 'ACTIVE');
    await patch(application, `${HA}/${id}`, { ha_router: { description: 'healed' } });
    await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
    await untilIdle(application);
    await assertConsistent(application, ['edge_router', 'ha_router']);
    assert.deepEqual(application.fatal, []);
  }

  test('a login that is refused, at once', async (context) => {
    const lab = await startLabRouters(1);
    context.after(lab.close);
    const application = await startApplicationHere({ dataDir: join(folder, 'login'), catalog });
    context.after(application.close);
    const wrong = 'wrong-Zq9';
    const edge = await application.rest.create(EDGE, { ...lab.fields[0], password: wrong });
    await untilStatus(application.rest, `${EDGE}/${textOf(edge.id)}`, 'ERROR');
    const reason = await errorOf(application.store, `/state${EDGE}/${textOf(edge.id)}`);
    assert.match(reason, /127\.0\.0\.2/);
    assert.ok(!reason.includes(wrong));
    assert.equal(lab.routers[0]?.sessions.passwordAttempts, 1, 'a password that is refused is not tried again');
  });

  test('a value that would change the structure of a template', async (context) => {
    const lab = await startLabRouters(1);
    context.after(lab.close);
    const unquoted = await changedCatalog(folder, (templates) =>
      templates.replace('login: {{ login | tojson }}', 'login: {{ login }}'),
    );
    const application = await startApplicationHere({ dataDir: join(folder, 'structure'), catalog: unquoted });
    context.after(application.close);
    const { rest } = application;
    const injected = `${LOGIN}\n  enabled: 127.0.0.9`;
    const edge = await rest.create(EDGE, { ...lab.fields[0], login: injected });
    const id = textOf(edge.id);
    await untilStatus(rest, `${EDGE}/${id}`, 'ERROR');
    const reason = await errorOf(application.store, `/state${EDGE}/${id}`);
    assert.match(reason, /edge_router_monitoring, line \d+: .*structure/);
    assert.ok(!reason.includes('127.0.0.9') && !reason.includes(PASSWORD), reason);
    assert.equal(lab.routers[0]?.sessions.connections, 0, 'nobody was asked');
    await untilIdle(application);
  });
});

async function patch({ rest }: ApplicationHere, url: string, body: JsonObject): Promise<void> {
  const { status, body: answer } = await rest.call('PATCH', url, body);
  assert.equal(status, 200, JSON.stringify(answer));
}

async function errorOf(store: Store, key: string): Promise<string> {
  const { entries } = await store.get({ from: key });
  const record = objectOf(JSON.parse(entries[0]?.value ?? 'null'));
  const error = textOf(record.error);
  assert.notEqual(error, '');
  return error;
}
