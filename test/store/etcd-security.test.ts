import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { inspect, promisify } from 'node:util';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { Secret } from '../../src/kernel/secret.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { onPath } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { put, Recorder, textOf, withCode, write } from './helpers.ts';

const PASSWORD = 'correct horse';
const context = { runtime: systemRuntime, log: silentLog };

describe('store on a guarded etcd', needs('etcd', etcdStartable()), () => {
  test('user and password: refused without, served with, and again after etcd forgot the token', async () => {
    const etcd = await startEtcd();
    try {
      const endpoints = [etcd.endpoint];
      const admin = (path: string, body: object) =>
        fetch(`${etcd.endpoint}/v3/auth/${path}`, { method: 'POST', body: JSON.stringify(body) });
      // Before it asks anybody who they are, a name is no harm.
      const early = await openEtcdStore({ ...context, endpoints, user: 'root', password: new Secret(PASSWORD) });
      await early.close();
      await admin('user/add', { name: 'root', password: PASSWORD });
      await admin('role/add', { name: 'root' });
      await admin('user/grant', { user: 'root', role: 'root' });
      await admin('user/add', { name: 'nobody', password: PASSWORD });
      assert.equal((await admin('enable', {})).status, 200);

      await assert.rejects(openEtcdStore({ ...context, endpoints }), withCode('STORE_REFUSED'));
      for (const user of ['root', 'nobody']) {
        const password = new Secret(user === 'root' ? 'wrong' : PASSWORD);
        await assert.rejects(openEtcdStore({ ...context, endpoints, user, password }), (error) => {
          assert.ok(!inspect(error).includes(PASSWORD));
          return withCode('STORE_REFUSED')(error);
        });
      }

      const store = await openEtcdStore({ ...context, endpoints, user: 'root', password: new Secret(PASSWORD) });
      const recorder = new Recorder();
      store.watch({ from: '/a' }, {}, recorder);
      const lease = await store.lease(5_000);
      await recorder.seen(await write(store, put('/a', '1', lease.id)));
      // Tokens live in etcd's memory.
      await etcd.restart();
      assert.equal(await textOf(store, '/a'), '1');
      const revision = await write(store, put('/a', '2', lease.id));
      await recorder.seen(revision);
      assert.deepEqual(recorder.lines, ['put /a=1', 'put /a=2']);
      assert.equal(lease.lost.aborted, false);
      await store.close();
    } finally {
      await etcd.stop();
    }
  });

  const noOpenssl = onPath('openssl') ? {} : { skip: 'openssl is not installed here' };
  test('TLS: served where the certificate is trusted, else not', noOpenssl, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'kamado-tls-'));
    const keyFile = join(folder, 'key.pem');
    const certFile = join(folder, 'cert.pem');
    const request = '-x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=etcd';
    const names = ['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', keyFile, '-out', certFile];
    await promisify(execFile)('openssl', ['req', ...request.split(' '), ...names]);
    const etcd = await startEtcd({ tls: { certFile, keyFile } });
    try {
      const ca = await readFile(certFile, 'utf8');
      const store = await openEtcdStore({ ...context, endpoints: [etcd.endpoint], tls: { ca } });
      await write(store, put('/a', 'safe'));
      assert.equal(await textOf(store, '/a'), 'safe');
      await store.close();
      await assert.rejects(openEtcdStore({ ...context, endpoints: [etcd.endpoint] }), withCode('STORE_UNAVAILABLE'));
    } finally {
      await etcd.stop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
