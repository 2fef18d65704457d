import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { follow } from '../../src/store/follow.ts';
import { campaign, type Term } from '../../src/store/leadership.ts';
import { signed } from '../../src/store/signed.ts';
import { oneKey, type Store, withPrefix } from '../../src/store/store.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { needs } from '../support/services.ts';
import { startTcpProxy } from '../support/tcp-proxy.ts';
import { until } from '../support/until.ts';
import { Recorder as Compacted, put, textOf, write } from './helpers.ts';

const open = (endpoint: string) => openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [endpoint] });

/** Remembers what a watch told, and that the store went back. */
class Recorder extends Compacted {
  readonly rewound: number[] = [];
  readonly onRewound = (revision: number): void => {
    this.rewound.push(revision);
  };
}

describe('store on an etcd that goes back to an older state', needs('etcd', etcdStartable()), () => {
  let etcd: TestEtcd;
  /** Writes while the others are cut off. */
  let direct: Store;
  before(async () => {
    // It starts quickly: within the time to live of leases.
    etcd = await startEtcd({ args: ['--heartbeat-interval', '10', '--election-timeout', '60'] });
    direct = signed(await open(etcd.endpoint), systemRuntime, 'direct');
  });
  after(async () => {
    await direct.close();
    await etcd.stop();
  });

  /** A store that is cut off while etcd goes back, and until `meanwhile` has written as much as it likes. */
  const cutOff = async (
    body: (
      store: Store,
      goBack: (meanwhile: (reached: number) => Promise<unknown>) => Promise<void>,
    ) => Promise<unknown>,
  ): Promise<void> => {
    const proxy = await startTcpProxy(Number(new URL(etcd.endpoint).port));
    const store = await open(`http://127.0.0.1:${proxy.port}`);
    try {
      await body(store, async (meanwhile) => {
        const { revision } = await direct.get(oneKey('/none'));
        proxy.cut();
        await etcd.goBack();
        // This one notices at once; what it is granted from now on is of the other history.
        await direct.get(oneKey('/none'));
        await meanwhile(revision);
        proxy.mend();
      });
    } finally {
      proxy.mend();
      await store.close();
      await proxy.close();
    }
  };

  /** Writes until the store has come past a revision. */
  const runAhead = async (reached: number): Promise<void> => {
    for (let revision = 0; revision <= reached + 2; ) revision = await write(direct, put('/ahead', `${revision}`));
  };

  for (const [name, meanwhile] of [
    ['is behind what was told', async () => {}],
    ['has come past what was told', runAhead],
  ] as const) {
    test(`a watch that was told of what is lost ends, where the store ${name}`, async () => {
      await etcd.save();
      await cutOff(async (store, goBack) => {
        // One sees the signatures in its range, the other doesn't, and has heard nothing at all.
        const all = new Recorder();
        const quiet = new Recorder();
        store.watch(withPrefix('/'), {}, all);
        store.watch(withPrefix('/quiet/'), {}, quiet);
        await all.seen(await write(direct, put('/told', '1')));
        await goBack(meanwhile);
        await until(() => all.rewound.length + quiet.rewound.length === 2, 'both are told');
        assert.deepEqual([all.compacted, quiet.compacted], [[], []]);
        assert.equal(all.lines.filter((line) => line.includes('/ahead')).length, 0, 'nothing of the other history');
      });
    });
  }

  test('nobody is told anything where etcd was away only, whatever was written meanwhile', async () => {
    await cutOff(async (store, goBack) => {
      const recorder = new Recorder();
      const quiet = new Recorder();
      store.watch(withPrefix('/ahead'), {}, recorder);
      store.watch(withPrefix('/quiet/'), {}, quiet);
      const lease = await store.lease(10_000);
      await write(direct, put('/told', '2'));
      await etcd.save();
      await goBack(runAhead);
      const last = await write(direct, put('/ahead', 'last'));
      await recorder.seen(last);
      await quiet.seen(await write(direct, put('/quiet/1', '1')));
      assert.deepEqual([recorder.rewound, quiet.rewound], [[], []]);
      assert.equal(new Set(recorder.revisions).size, recorder.revisions.length);
      assert.equal(lease.lost.aborted, false);
      await lease.close();
    });
  });

  test('a watch without a handler of its own for that is told of a compaction', async () => {
    await etcd.save();
    await cutOff(async (store, goBack) => {
      const recorder = new Compacted();
      store.watch(withPrefix('/told'), {}, recorder);
      await recorder.seen(await write(direct, put('/told', '3')));
      await goBack(runAhead);
      await until(() => recorder.compacted.length === 1, 'it is told');
    });
  });

  test('what a store is told by anybody’s answer counts, also where it watches nothing', async () => {
    await etcd.save();
    await cutOff(async (store, goBack) => {
      const lease = await store.lease(10_000);
      await write(store, put('/told', '4'));
      await goBack(async () => {});
      await textOf(store, '/told');
      await until(() => lease.lost.aborted, 'the lease is lost');
    });
  });

  test('leases are lost, and what an older state attached to them ends', async () => {
    await cutOff(async (store, goBack) => {
      const recorder = new Recorder();
      store.watch(withPrefix('/leased/'), {}, recorder);
      const lease = await store.lease(30_000);
      await write(store, put('/leased/claim', 'old', lease.id));
      await etcd.save();
      // The lease serves something else by now.
      await write(direct, { type: 'delete', range: oneKey('/leased/claim') });
      await recorder.seen(await write(store, put('/leased/other', 'new', lease.id)));
      await goBack(runAhead);
      await until(() => lease.lost.aborted, 'the lease is lost');
      await until(async () => (await textOf(direct, '/leased/claim')) === undefined, 'the older claim ends');
    });
  });

  test('a follower takes the list as it is, all of it', async () => {
    await write(direct, put('/f/kept', 'old'), put('/f/back', 'there'), put('/f/gone', 'there'));
    await etcd.save();
    await cutOff(async (store, goBack) => {
      const held = new Map<string, string>();
      const follower: Parameters<typeof follow>[2] = {
        onSnapshot: (entries) => {
          held.clear();
          for (const { key, value } of entries) held.set(key, value);
        },
        onEvents: (events) => {
          for (const event of events) {
            if (event.type === 'put') held.set(event.entry.key, event.entry.value);
            else held.delete(event.key);
          }
        },
      };
      const over = new AbortController();
      const following = follow(
        { runtime: systemRuntime, store, log: silentLog },
        withPrefix('/f/'),
        follower,
        over.signal,
      );
      await until(() => held.size === 3, 'the list');
      await write(direct, put('/f/kept', 'new'), { type: 'delete', range: oneKey('/f/back') }, put('/f/made', 'new'));
      await until(() => held.get('/f/made') === 'new', 'the changes');
      await goBack(async (reached) => {
        await write(direct, { type: 'delete', range: oneKey('/f/gone') });
        await runAhead(reached);
      });
      const expected = { '/f/back': 'there', '/f/kept': 'old' };
      await until(() => isDeepEqual(held, expected), 'the list of the other history');
      await write(direct, put('/f/later', '1'));
      await until(() => held.get('/f/later') === '1', 'what comes after it');
      over.abort();
      await following;
    });
  });

  test('a leader’s term ends; no term of another history lets it write', async () => {
    await etcd.save();
    await write(direct, put('/told', '5'));
    await cutOff(async (store, goBack) => {
      const terms: Term[] = [];
      const candidate = campaign({
        runtime: systemRuntime,
        store,
        log: silentLog,
        key: '/leader',
        value: 'cut off',
        lead: async (term) => {
          terms.push(term);
          await new Promise<void>((resolve) => term.ended.addEventListener('abort', () => resolve()));
        },
        onFatal: (error) => assert.fail(String(error)),
      });
      await until(() => terms.length === 1, 'a term');
      const [first] = terms;
      assert.ok(first !== undefined);
      const { entries } = await direct.get(oneKey('/leader'));
      await goBack(async () => {
        // Another one leads, since the very same revision.
        const lease = await direct.lease(3_000);
        for (let revision = 0; revision < (entries[0]?.createRevision ?? 0) - 1; ) {
          revision = await write(direct, put('/ahead', `${revision}`));
        }
        await write(direct, put('/leader', 'the other', lease.id));
        const now = await direct.get(oneKey('/leader'));
        assert.equal(now.entries[0]?.createRevision, entries[0]?.createRevision);
        const attempt = await direct.transact({ compare: [first.guard], success: [put('/written', 'by the deposed')] });
        assert.equal(attempt.succeeded, false);
        await lease.close();
      });
      await until(() => terms.length === 2, 'another term');
      assert.equal(first.ended.aborted, true);
      await candidate.close();
    });
  });
});

function isDeepEqual(held: ReadonlyMap<string, string>, expected: { readonly [key: string]: string }): boolean {
  return JSON.stringify([...held].sort()) === JSON.stringify(Object.entries(expected));
}
