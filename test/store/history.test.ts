import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { kamadoError } from '../../src/kernel/errors.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { History, type Read } from '../../src/store/history.ts';
import { signed } from '../../src/store/signed.ts';
import { oneKey, type Store, withPrefix } from '../../src/store/store.ts';
import { RewindableLog } from '../support/rewindable-log.ts';
import { put, remove, write } from './helpers.ts';

/** A store, and a history of it that outlives it, as a client's does. */
class Bench {
  readonly rewound: number[] = [];
  readonly history: History;
  readonly #log = new RewindableLog();
  #store: Store | null = null;
  /** What the store answers to the reads of the history. */
  fault: Error | null = null;

  constructor() {
    const read: Read = async (range, options) => {
      if (this.fault !== null) throw this.fault;
      return await this.store.get(range, options);
    };
    this.history = new History(read, (revision) => this.rewound.push(revision));
  }

  get store(): Store {
    assert.ok(this.#store !== null);
    return this.#store;
  }

  async open(t: TestContext): Promise<void> {
    const store = await openEmbeddedStore({ runtime: systemRuntime, persistence: this.#log, log: silentLog });
    this.#store = store;
    t.after(() => store.close());
  }

  /** Tells the history of everything in a range from now on. */
  watch(prefix: string): void {
    const onEvents: Parameters<Store['watch']>[2]['onEvents'] = (events, revision) =>
      this.history.saw(events, revision);
    this.store.watch(withPrefix(prefix), {}, { onEvents, onCompacted: () => {} });
  }

  save(): void {
    this.#log.save();
  }

  async goBack(t: TestContext): Promise<void> {
    await this.store.close();
    this.#log.goBack();
    await this.open(t);
  }
}

async function bench(t: TestContext): Promise<Bench> {
  const made = new Bench();
  await made.open(t);
  return made;
}

const sign = (store: Store): Store => signed(store, systemRuntime, 'test');

test('the same history is the same, whatever was written to it, and however much of it is forgotten', async (t) => {
  const b = await bench(t);
  b.watch('/');
  const first = await write(sign(b.store), put('/a', '1'));
  assert.equal(await b.history.check(), first);
  let last = 0;
  for (let i = 0; i < 10; i++) last = await write(b.store, put('/a', `${i}`));
  assert.equal(await b.history.check(), last);
  await b.store.compact(last);
  assert.equal(await b.history.check(), last);
  await write(b.store, remove('/a'));
  await b.history.check();
  assert.deepEqual(b.rewound, []);
});

for (const by of ['signed', 'unsigned', 'removed'] as const) {
  test(`another history is another one though it has come past the old one: the last change was ${by}`, async (t) => {
    const b = await bench(t);
    const writer = (): Store => (by === 'signed' ? sign(b.store) : b.store);
    b.watch('/');
    await write(writer(), put('/a', '1'), put('/b', '1'));
    b.save();
    // The new history has the very same keys and values at the same revisions, but for the last one.
    await write(writer(), by === 'removed' ? remove('/a') : put('/a', '2'));
    await b.history.check();
    await b.goBack(t);
    await write(writer(), by === 'signed' ? put('/a', '2') : put('/b', '2'));
    const now = await write(writer(), put('/c', '1'));
    assert.equal(await b.history.check(), now);
    assert.deepEqual(b.rewound, [now]);
    // What is remembered from now on is of the new one.
    assert.equal(await b.history.check(), now);
    assert.deepEqual(b.rewound, [now]);
  });
}

test('a store that begins anew, or is behind, is another one; also where an answer alone says so', async (t) => {
  const b = await bench(t);
  b.save();
  b.watch('/');
  const revision = await write(sign(b.store), put('/a', '1'));
  const early = b.history.asked();
  await b.goBack(t);
  assert.equal(await b.history.check(), 1);
  assert.deepEqual(b.rewound, [1]);
  // An answer of the lost history that comes late says nothing about this one.
  early(revision + 5);
  assert.equal(await b.history.check(), 1);
  assert.deepEqual(b.rewound, [1]);
  b.history.asked()(7);
  const late = b.history.asked();
  b.history.asked()(3);
  assert.deepEqual(b.rewound, [1, 3]);
  late(7);
  b.history.asked()(3);
  assert.deepEqual(b.rewound, [1, 3]);
});

test('what was known from the beginning counts, though nothing was watched', async (t) => {
  const b = await bench(t);
  b.save();
  await write(sign(b.store), put('/a', '1'));
  await b.history.check();
  await b.goBack(t);
  let now = 0;
  for (let i = 0; i < 5; i++) now = await write(sign(b.store), put('/b', '1'));
  await b.history.check();
  assert.deepEqual(b.rewound, [now]);
});

test('a store that is away, or refuses, is no other one', async (t) => {
  const b = await bench(t);
  b.watch('/');
  await write(sign(b.store), put('/a', '1'));
  for (const fault of [
    kamadoError('STORE_UNAVAILABLE', { reason: 'the test says so' }),
    kamadoError('STORE_REFUSED', { reason: 'permission denied' }),
  ]) {
    b.fault = fault;
    await assert.rejects(b.history.check(), fault);
  }
  b.fault = null;
  await b.history.check();
  assert.deepEqual(b.rewound, []);
});

test('checks that come while one is under way share the next one', async (t) => {
  let reads = 0;
  const b = await bench(t);
  const history = new History(
    async (range, options) => {
      reads++;
      return await b.store.get(range, options);
    },
    () => assert.fail('rewound'),
  );
  await Promise.all(Array.from({ length: 50 }, () => history.check()));
  assert.equal(reads, 1);
  const under = history.check();
  await Promise.resolve();
  await Promise.all([under, ...Array.from({ length: 50 }, () => history.check())]);
  assert.ok(reads <= 3, `${reads}`);
  assert.equal((await b.store.get(oneKey('/none'))).count, 0);
});
