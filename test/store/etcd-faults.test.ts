import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts';
import { put, Recorder, remove, textOf, until, withCode, write } from './helpers.ts';

const open = (...endpoints: string[]) => openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints });

describe('store on an etcd that fails', needs('etcd', etcdStartable()), () => {
  let etcd: TestEtcd;
  /** A store with a direct connection. */
  let direct: Store;
  before(async () => {
    etcd = await startEtcd();
    direct = await open(etcd.endpoint);
  });
  after(async () => {
    await direct.close();
    await etcd.stop();
  });

  /** A store whose connection goes through a proxy. */
  const throughProxy = async (body: (store: Store, proxy: TcpProxy) => Promise<void>, target = etcd) => {
    const proxy = await startTcpProxy(Number(new URL(target.endpoint).port));
    const store = await open(`http://127.0.0.1:${proxy.port}`);
    try {
      await body(store, proxy);
    } finally {
      proxy.mend();
      await store.close();
      await proxy.close();
    }
  };

  test('a watch and a lease outlive kill -9 of etcd, without a gap or a repeat', async () => {
    const lease = await direct.lease(10_000);
    await write(direct, put('/kill/leased', 'yes', lease.id));
    const recorder = new Recorder();
    direct.watch(withPrefix('/kill/n/'), { previous: true }, recorder);
    const acknowledged: string[] = [];
    let stopped = false;
    const writer = (async () => {
      for (let number = 0; !stopped; number++) {
        try {
          await write(direct, put(`/kill/n/${number}`, `${number}`));
          acknowledged.push(`put /kill/n/${number}=${number}`);
        } catch (error) {
          assert.ok(isKamadoError(error, 'STORE_UNAVAILABLE'));
        }
      }
    })();
    for (let round = 0; round < 3; round++) {
      await until(() => acknowledged.length > 20 * (round + 1), 'writes');
      await etcd.kill();
      await pause(100);
      await etcd.restart();
    }
    const enough = acknowledged.length + 20;
    await until(() => acknowledged.length > enough, 'writes after the last restart');
    stopped = true;
    await writer;
    const { entries, revision } = await direct.get(withPrefix('/kill/n/'), { sort: 'modRevision' });
    await recorder.seen(Math.max(...entries.map((entry) => entry.modRevision)));
    // Each key was written once: every revision of the range is told, once, in order.
    assert.deepEqual(
      recorder.revisions,
      entries.map((entry) => entry.modRevision),
    );
    assert.deepEqual(
      recorder.lines,
      entries.map(({ key, value }) => `put ${key}=${value}`),
    );
    assert.ok(acknowledged.every((line) => recorder.lines.includes(line)));
    assert.equal(lease.lost.aborted, false);
    assert.equal(await textOf(direct, '/kill/leased'), 'yes');
    await lease.close();
    assert.equal(await textOf(direct, '/kill/leased'), undefined);
    assert.ok(revision > 0);
  });

  test('a lease whose holder is cut off is lost to it, and its keys die', async () => {
    await throughProxy(async (store, proxy) => {
      const lease = await store.lease(1_000);
      await write(store, put('/cut/b', '', lease.id), put('/cut/a', '', lease.id));
      const recorder = new Recorder();
      direct.watch(withPrefix('/cut/'), {}, recorder);
      await direct.get({ from: '/cut/a' });
      proxy.cut();
      await until(() => lease.lost.aborted, 'the lease is feared to be lost');
      assert.equal(recorder.lines.length, 0, 'the holder learns of it no later than the others');
      await until(() => recorder.calls.length > 0, 'the keys are deleted');
      assert.deepEqual(recorder.lines, ['delete /cut/a', 'delete /cut/b']);
      proxy.mend();
      await lease.close();
      await assert.rejects(write(store, put('/cut/c', '', lease.id)), withCode('STORE_REFUSED'));
    });
  });

  test('a lease is lost where a connection is silent, not broken', async () => {
    await throughProxy(async (store, proxy) => {
      const lease = await store.lease(1_000);
      proxy.freeze();
      await until(() => lease.lost.aborted, 'the lease is feared to be lost');
      proxy.cut();
    });
  });

  test('a lease outlives a short cut', async () => {
    await throughProxy(async (store, proxy) => {
      const lease = await store.lease(3_000);
      await write(store, put('/short', 'here', lease.id));
      for (let round = 0; round < 4; round++) {
        proxy.cut();
        await pause(400);
        proxy.mend();
        await pause(800);
      }
      assert.equal(lease.lost.aborted, false);
      assert.equal(await textOf(direct, '/short'), 'here');
      await lease.close();
    });
  });

  test('a lease that etcd has ended is lost', async () => {
    await throughProxy(async (store) => {
      const lease = await store.lease(1_500);
      await write(store, put('/ended', '', lease.id));
      const response = await fetch(`${etcd.endpoint}/v3/lease/revoke`, {
        method: 'POST',
        body: JSON.stringify({ ID: lease.id }),
      });
      assert.equal(response.status, 200);
      await until(() => lease.lost.aborted, 'etcd says that it is gone');
      await lease.close();
    });
  });

  test('a watch that was cut off goes on where it was', async () => {
    await throughProxy(async (store, proxy) => {
      const recorder = new Recorder();
      store.watch(withPrefix('/resume/'), { previous: true }, recorder);
      const first = await write(store, put('/resume/a', '1'));
      await recorder.seen(first);
      const missed = [];
      proxy.cut();
      for (let index = 0; index < 5; index++)
        missed.push(await write(direct, put('/resume/a', `${index}`), put('/other')));
      missed.push(await write(direct, remove('/resume/a')));
      proxy.mend();
      await recorder.seen(missed[5] ?? 0);
      assert.deepEqual(recorder.revisions, [first, ...missed]);
      assert.deepEqual(recorder.compacted, []);
    });
  });

  test('a watch whose past was compacted while it was cut off says so', async () => {
    await throughProxy(async (store, proxy) => {
      const recorder = new Recorder();
      store.watch(withPrefix('/compacted/'), { previous: true }, recorder);
      const first = await write(store, put('/compacted/a', '1'));
      await recorder.seen(first);
      proxy.cut();
      await write(direct, put('/compacted/a', '2'));
      const last = await write(direct, remove('/compacted/a'));
      await direct.compact(last);
      proxy.mend();
      await until(() => recorder.compacted.length > 0, 'the compaction is told');
      await write(store, put('/compacted/a', '3'));
      await pause(100);
      assert.deepEqual(recorder.compacted, [last]);
      assert.deepEqual(recorder.revisions, [first]);
    });
  });

  test('a watch opened while cut off tells everything that is written here later', async () => {
    await throughProxy(async (store, proxy) => {
      proxy.cut();
      const recorder = new Recorder();
      store.watch(withPrefix('/late/'), {}, recorder);
      const written = write(store, put('/late/a', '1'));
      await pause(300);
      proxy.mend();
      const revision = await written;
      await recorder.seen(revision);
      assert.deepEqual(recorder.lines, ['put /late/a=1']);
    });
  });

  test('reads are repeated until etcd is back', async () => {
    await throughProxy(async (store, proxy) => {
      await write(store, put('/back', 'yes'));
      proxy.cut();
      const reading = textOf(store, '/back');
      await pause(500);
      proxy.mend();
      assert.equal(await reading, 'yes');
    });
  });

  test('takes the next endpoint where one does not answer', async () => {
    const dead = `http://127.0.0.1:${await freePort()}`;
    const store = await open(dead, etcd.endpoint);
    await write(store, put('/next', 'yes'));
    assert.equal(await textOf(store, '/next'), 'yes');
    await store.close();
    await throughProxy(async (_store, proxy) => {
      const two = await open(`http://127.0.0.1:${proxy.port}`, etcd.endpoint);
      const recorder = new Recorder();
      two.watch({ from: '/next' }, {}, recorder);
      await write(two, put('/next', '1'));
      proxy.cut();
      await until(() => recorder.calls.length === 1, 'the first event');
      const answer = await Promise.allSettled([write(two, put('/next', '2'))]);
      // One that was under way may have been lost with its connection; those after it are not.
      assert.ok(answer.length === 1);
      const revision = await write(two, put('/next', '3'));
      await recorder.seen(revision);
      await two.close();
    });
  });

  test('says that nothing answers, where nothing does', async () => {
    await assert.rejects(open(`http://127.0.0.1:${await freePort()}`), (error) => {
      assert.match(String(error), /ECONNREFUSED/);
      return withCode('STORE_UNAVAILABLE')(error);
    });
    await assert.rejects(open('127.0.0.1:2379'), withCode('USAGE'));
  });

  test('says that etcd is full, where it is', async () => {
    await withEtcd(['--quota-backend-bytes', '3000000'], async (small) => {
      const store = await open(small.endpoint);
      const fill = async () => {
        for (let index = 0; index < 20; index++) await write(store, put(`/${index}`, 'x'.repeat(500_000)));
      };
      await assert.rejects(fill(), withCode('STORAGE_FULL'));
      assert.equal((await textOf(store, '/0'))?.length, 500_000);
      await store.close();
    });
  });

  test('a quiet watch keeps up with progress notices: compaction of what it has seen is no harm', async () => {
    await withEtcd(['--experimental-watch-progress-notify-interval', '100ms'], async (noticing) => {
      await throughProxy(async (store, proxy) => {
        const recorder = new Recorder();
        store.watch(withPrefix('/quiet/'), {}, recorder);
        let last = 0;
        for (let index = 0; index < 20; index++) last = await write(store, put('/loud', `${index}`));
        await pause(1_000);
        proxy.cut();
        await pause(50);
        proxy.mend();
        await store.compact(last);
        const revision = await write(store, put('/quiet/a', '1'));
        await recorder.seen(revision);
        assert.deepEqual(recorder.compacted, []);
        assert.deepEqual(recorder.revisions, [revision]);
      }, noticing);
    });
  });
});

/** An etcd with options of its own. */
async function withEtcd(args: readonly string[], body: (etcd: TestEtcd) => Promise<void>): Promise<void> {
  const etcd = await startEtcd({ args });
  try {
    await body(etcd);
  } finally {
    await etcd.stop();
  }
}
