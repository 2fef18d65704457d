import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { kamadoFile, type Running, start, startUp, temporaryFolder } from '../cli/helpers.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { shared } from '../support/extent.ts';
import { postgresStartable, startOwnPostgres, type TestPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { startLabRouters } from './lab-routers.ts';
import { objectOf, restOf, until } from './rest.ts';

/** It ended by itself, in time: not by force, and not for a fault. */
async function assertOrderlyEnd(running: Running): Promise<void> {
  const { code, stderr } = await running.end();
  assert.doesNotMatch(stderr, /ended at once|error:/);
  assert.equal(code, 0, stderr);
}

const restAt = (endpoint: string) => restOf(Number(new URL(endpoint).port));

describe('an end while something that is stood on is away or hangs', {
  ...needs('etcd', etcdStartable()),
  ...needs('postgresql', postgresStartable()),
}, () => {
  let etcd: TestEtcd;
  let postgres: TestPostgres;
  before(async () => {
    [etcd, postgres] = await Promise.all([startEtcd(), startOwnPostgres()]);
  });
  after(async () => {
    await etcd?.stop();
    await postgres?.stop();
  });

  /** Ways to both that can be cut, and the options of a process that takes them. */
  async function ways(
    t: TestContext,
  ): Promise<{ readonly proxies: readonly TcpProxy[]; readonly options: readonly string[] }> {
    const own = new URL(await postgres.createDatabase());
    const toEtcd = await startTcpProxy(Number(new URL(etcd.endpoint).port));
    const toPostgres = await startTcpProxy(Number(own.port));
    for (const proxy of [toEtcd, toPostgres]) t.after(proxy.close);
    own.port = String(toPostgres.port);
    const options = ['--etcd', `http://127.0.0.1:${toEtcd.port}`, '--database', own.href];
    return { proxies: [toEtcd, toPostgres], options };
  }

  const away = { cut: (proxy: TcpProxy) => proxy.cut(), hang: (proxy: TcpProxy) => proxy.hang() };
  const which = { etcd: [0], PostgreSQL: [1], both: [0, 1] };
  const ends = Object.entries(away).flatMap(([how, stop]) => {
    return Object.entries(which).flatMap(([what, places]) => {
      return [0, 3_000].map((afterMs) => ({ how, stop, what, places, afterMs }));
    });
  });
  for (const { how, stop, what, places, afterMs } of shared(ends, 3)) {
    test(`up: ${how} ${what}, ${afterMs} ms before`, async (t) => {
      const { proxies, options } = await ways(t);
      // Of this database alone: one store belongs to one.
      await cleared(etcd.endpoint);
      const up = await startUp(t, ['--data-dir', temporaryFolder(t), ...options]);
      const rest = restAt(up.endpoint);
      await until('it is ready', async () => objectOf((await rest.call('GET', '/readyz')).body).status === 'ready');
      for (const place of places) stop(proxies[place] as TcpProxy);
      await pause(afterMs);
      const asked = rest.call('GET', '/v2.0/edge_routers').catch(() => null);
      await pause(50);
      await assertOrderlyEnd(up);
      await asked;
    });
  }

  test('rooms of their own, with both hanging', async (t) => {
    const { proxies, options } = await ways(t);
    await cleared(etcd.endpoint);
    const components = ['api', 'sync', 'controller', 'worker', 'timeline'].map((component) => {
      return start(t, kamadoFile, ['run', component, '--port', '0', ...options]);
    });
    await Promise.all(components.map((component) => component.printed(/^The component \w+ runs/m)));
    await pause(2_000);
    for (const proxy of proxies) proxy.hang();
    await pause(1_000);
    await Promise.all(components.map(assertOrderlyEnd));
  });

  test('a start that waits for what hangs', async (t) => {
    for (const place of [0, 1]) {
      const { proxies, options } = await ways(t);
      proxies[place]?.hang();
      const up = start(t, kamadoFile, ['up', '--port', '0', '--data-dir', temporaryFolder(t), ...options]);
      await pause(2_500);
      assert.equal(up.child.exitCode, null);
      await assertOrderlyEnd(up);
    }
  });
});

test('an end at any time of the start', async (t) => {
  for (const afterMs of [0, 200, 400, 600, 800, 1_000, 1_200, 1_500]) {
    const up = start(t, kamadoFile, ['up', '--port', '0', '--data-dir', temporaryFolder(t)]);
    await pause(afterMs);
    const { code, stderr } = await up.end();
    assert.doesNotMatch(stderr, /ended at once|error:|\bat .*\.js/);
    // Before it can listen to signals, it ends by the signal.
    assert.ok(code === 0 || up.child.signalCode === 'SIGTERM', `${code} ${stderr}`);
  }
});

test('an end with clients that hang, and a device that hangs in the middle of a job', async (t) => {
  const lab = await startLabRouters(1, { kind: 'hang', after: 'hello' });
  t.after(lab.close);
  const up = await startUp(t, ['--data-dir', temporaryFolder(t)]);
  const rest = restAt(up.endpoint);
  await rest.create('/v2.0/edge_routers', { ...lab.fields[0] });
  await until('the job is under way', async () => (await rest.store('/jobs/working/')).length > 0);
  const port = Number(new URL(up.endpoint).port);
  for (const text of [
    '',
    'GET /v2.0/edge_routers HT',
    'POST /v2.0/edge_routers HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99\r\n\r\n{',
    'GET /kamado/v1/store/watch HTTP/1.1\r\nHost: localhost\r\n\r\n',
  ]) {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(text);
  }
  await pause(200);
  await assertOrderlyEnd(up);
});

test('an end while the cloud hangs', async (t) => {
  const cloud = await startTcpProxy(await freePort());
  t.after(cloud.close);
  cloud.hang();
  const environment = {
    OS_AUTH_TYPE: 'password',
    OS_AUTH_URL: `http://127.0.0.1:${cloud.port}/v3`,
    OS_USERNAME: 'kamado',
    OS_PASSWORD: 'secret',
    OS_USER_DOMAIN_NAME: 'Default',
    OS_PROJECT_NAME: 'demo',
    OS_PROJECT_DOMAIN_NAME: 'Default',
  };
  const options = ['--data-dir', temporaryFolder(t), '--catalog', 'catalog/openstack'];
  const up = start(t, kamadoFile, ['up', '--port', '0', ...options], { env: environment });
  const [, endpoint = ''] = await up.printed(/^Kamado serves at (http:\S+)$/m);
  const rest = restAt(endpoint);
  await rest.create('/v2.0/access_keys', { name: 'hangs', tenant_id: '0'.repeat(32) });
  await until('the job is under way', async () => (await rest.store('/jobs/working/')).length > 0);
  await pause(500);
  await assertOrderlyEnd(up);
});

/** Removes everything from an etcd. */
async function cleared(endpoint: string): Promise<void> {
  await fetch(`${endpoint}/v3/kv/deleterange`, { method: 'POST', body: '{"key":"AA==","range_end":"AA=="}' });
}
