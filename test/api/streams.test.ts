import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { ChangeStreams } from '../../src/api/change-streams.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { Turns } from '../../src/kernel/turns.ts';
import { oneKey, type Store, type StoreEvent, withPrefix } from '../../src/store/store.ts';
import { answerOf, assertProblem, exchange, shippedModel, startApi, testModel } from './helpers.ts';

/** Reads JSON lines as they come. */
class LineReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #rest = '';

  constructor(answer: Response) {
    assert.ok(answer.body);
    this.#reader = answer.body.getReader();
  }

  /** The next line, or null at the end. */
  async next(): Promise<JsonObject | null> {
    for (;;) {
      const cut = this.#rest.indexOf('\n');
      if (cut >= 0) {
        const line = this.#rest.slice(0, cut);
        this.#rest = this.#rest.slice(cut + 1);
        if (line === '') continue;
        const parsed: unknown = JSON.parse(line);
        assert.ok(isJsonObject(parsed));
        return parsed;
      }
      const { value, done } = await this.#reader.read();
      if (done) return null;
      this.#rest += this.#decoder.decode(value, { stream: true });
    }
  }

  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}

async function put(store: Store, key: string, value: string): Promise<number> {
  return (await store.transact({ success: [{ type: 'put', key, value }] })).revision;
}

test('a watch tells changes as they come, of its prefix, from a revision, secrets masked', async (t) => {
  const { api, store } = await startApi(t, await shippedModel(2017));
  await api.listen();
  const base = `http://127.0.0.1:${api.address.port}/kamado/v1/store/watch`;
  const first = await put(store, '/x/1', 'one');
  const past = new LineReader(await fetch(`${base}?prefix=/x/&from=${first}`));
  const present = await fetch(`${base}?prefix=/x/`);
  assert.match(present.headers.get('content-type') ?? '', /^application\/x-ndjson/);
  const now = new LineReader(present);
  await put(store, '/y/1', 'not asked for');
  const revision = await put(store, '/x/1', 'two');
  await store.transact({ success: [{ type: 'delete', range: { from: '/x/1' } }] });

  const one = { type: 'put', key: '/x/1', value: 'one', createRevision: first, modRevision: first, version: 1 };
  const two = { ...one, value: 'two', modRevision: revision, version: 2 };
  const gone = { type: 'delete', key: '/x/1', modRevision: revision + 1 };
  assert.deepEqual([await past.next(), await past.next(), await past.next()], [one, two, gone]);
  assert.deepEqual([await now.next(), await now.next()], [two, gone]);
  await past.cancel();
  await now.cancel();

  const all = new LineReader(await fetch(base));
  const body = JSON.stringify({ id: 'r', password: 'hunter2' });
  await put(store, '/config/v2.0/edge_routers/r', JSON.stringify({ body, version: 1, marked_for_deletion: false }));
  const reported = await all.next();
  assert.equal(reported?.key, '/config/v2.0/edge_routers/r');
  assert.doesNotMatch(JSON.stringify(reported), /hunter2/);
  await all.cancel();
});

test('a watch from a compacted revision is told so, and ends', async (t) => {
  const { api, store } = await startApi(t, testModel);
  await api.listen();
  await put(store, '/x', '1');
  const revision = await put(store, '/x', '2');
  await put(store, '/x', '3');
  await store.compact(revision);
  const reader = new LineReader(await fetch(`http://127.0.0.1:${api.address.port}/kamado/v1/store/watch?from=1`));
  assert.deepEqual(await reader.next(), { type: 'compacted', compactRevision: revision });
  assert.equal(await reader.next(), null);
});

test('a watch from a revision that the store has lost, or never had, is told so, and ends', async (t) => {
  const { api, store } = await startApi(t, testModel);
  await api.listen();
  const revision = await put(store, '/x', '1');
  const watch = `http://127.0.0.1:${api.address.port}/kamado/v1/store/watch`;
  for (const from of [revision + 2, Number.MAX_SAFE_INTEGER]) {
    const lost = new LineReader(await fetch(`${watch}?from=${from}`));
    assert.deepEqual(await lost.next(), { type: 'compacted', compactRevision: revision, rewound: true });
    assert.equal(await lost.next(), null);
  }
  const next = new LineReader(await fetch(`${watch}?from=${revision + 1}`));
  await put(store, '/x', '2');
  assert.equal((await next.next())?.modRevision, revision + 1);
  await next.cancel();
});

test('a reader that does not read is cut off, the others are not', async (t) => {
  const { api, store } = await startApi(t, testModel);
  await api.listen();
  const path = '/kamado/v1/store/watch';
  const reader = new LineReader(await fetch(`http://127.0.0.1:${api.address.port}${path}`));
  const lazy = connect(api.address.port, '127.0.0.1');
  const headers = new Promise((resolve) => lazy.once('data', resolve));
  lazy.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await headers;
  lazy.pause();
  const cut = new Promise<void>((resolve) => lazy.on('close', () => resolve()));
  lazy.on('error', () => {});

  const value = 'x'.repeat(limits.transactionBytes / 2);
  const count = 60;
  for (let i = 0; i < count; i++) {
    await put(store, `/large/${i}`, value);
    assert.equal((await reader.next())?.key, `/large/${i}`);
  }
  let bytes = 0;
  lazy.on('data', (chunk) => {
    bytes += chunk.length;
  });
  lazy.resume();
  await cut;
  assert.ok(bytes < count * value.length, 'it was not sent everything');
  await reader.cancel();
});

test('streams are counted, given back, refused beyond the limit, and end with the server', async (t) => {
  const { api } = await startApi(t, testModel);
  await api.listen();
  const url = `http://127.0.0.1:${api.address.port}/kamado/v1/store/watch`;
  const readers = await Promise.all(
    Array.from({ length: limits.streams }, async () => new LineReader(await fetch(url))),
  );
  const refused = await fetch(url);
  assertProblem(answerOf(refused.status, Object.fromEntries(refused.headers), await refused.text()), 503, 'OVERLOADED');
  const [first, ...others] = readers;
  await first?.cancel();
  let again = await fetch(url);
  while (again.status === 503) again = await fetch(url);
  const ends = [...others, new LineReader(again)].map((reader) => reader.next());
  await api.close();
  assert.ok((await Promise.all(ends)).every((line) => line === null));
});

test('HEAD of a stream is not possible', async (t) => {
  const { api } = await startApi(t, testModel);
  await api.listen();
  const head = 'HEAD /kamado/v1/store/watch HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n';
  assert.match(await exchange(api.address.port, head), /^HTTP\/1\.1 405/);
});

/** A history of `count` keys with 250 KB each, over a store of its own. */
async function withHistory(t: TestContext, count: number, options: Parameters<typeof startApi>[2] = {}) {
  const started = await startApi(t, testModel, options);
  const value = 'x'.repeat(250_000);
  for (let i = 0; i < count; i++) await put(started.store, `/large/${i}`, value);
  await started.api.listen();
  return { ...started, url: `http://127.0.0.1:${started.api.address.port}/kamado/v1/store/watch` };
}

test('a history that is larger than any buffer arrives whole and in order, at the pace of its reader', async (t) => {
  const count = 100;
  const { url, store } = await withHistory(t, count);
  const readers = [new LineReader(await fetch(`${url}?from=1`)), new LineReader(await fetch(`${url}?from=1`))];
  await put(store, '/large/now', 'y');
  for (const reader of readers) {
    for (let i = 0; i < count; i++) assert.equal((await reader.next())?.key, `/large/${i}`);
    assert.equal((await reader.next())?.value, 'y');
  }
  await put(store, '/large/then', 'z');
  for (const reader of readers) {
    assert.equal((await reader.next())?.value, 'z');
    await reader.cancel();
  }
});

/** A reader who stops to read when the answer has begun. */
async function lazyReader(t: TestContext, port: number) {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  let bytes = 0;
  const received = new Promise<number>((resolve) => socket.once('close', () => resolve(bytes)));
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.write('GET /kamado/v1/store/watch?from=1 HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await new Promise((resolve) => socket.once('data', resolve));
  socket.pause();
  return { socket, received };
}

test('readers of a history who don’t read are cut off, and what is made for them is little', async (t) => {
  const { api, url } = await withHistory(t, 100, { streamStallMs: 300 });
  const lazy = await Promise.all(Array.from({ length: 30 }, () => lazyReader(t, api.address.port)));
  // As many streams as there may be can only be open when all the others are cut off.
  const readers: LineReader[] = [];
  while (readers.length < limits.streams) {
    const answer = await fetch(url);
    if (answer.status === 200) readers.push(new LineReader(answer));
    else await answer.text();
  }
  for (const { socket } of lazy) socket.resume();
  for (const bytes of await Promise.all(lazy.map(({ received }) => received)))
    assert.ok(bytes < 100 * 250_000, `${bytes} bytes`);
  for (const reader of readers) await reader.cancel();
});

test('a change is made into a line once for all streams, in the past as in the present', async (t) => {
  const { store } = await startApi(t, testModel);
  const count = 50;
  for (let i = 0; i < count; i++) await put(store, `/x/${i}`, 'x'.repeat(10_000));
  const streams = new ChangeStreams(systemRuntime, new Turns(systemRuntime));
  let made = 0;
  const text = (event: StoreEvent): string => {
    made++;
    return JSON.stringify(event);
  };
  const visible = (events: readonly StoreEvent[]) => events;
  const next = (await store.get(oneKey('/x/0'))).revision + 1;
  const open = (fromRevision: number) => streams.open({ store, range: withPrefix('/x/'), fromRevision, visible, text });
  const all = await Promise.all(Array.from({ length: 40 }, (_, i) => open(i < 20 ? 1 : next)));
  for (let i = 0; i < count; i++) await put(store, `/x/${i}`, '');
  const lines = await Promise.all(
    all.map(async (stream) => {
      let seen = '';
      for await (const chunk of stream) {
        seen += String(chunk);
        if (seen.includes(`"key":"/x/${count - 1}","value":""`)) break;
      }
      return seen.split('\n').filter((line) => line !== '').length;
    }),
  );
  assert.deepEqual(
    lines,
    all.map((_, i) => (i < 20 ? 2 * count : count)),
  );
  assert.equal(made, 2 * count);
});

test('what all streams hold together is bounded: the one that lags most is cut off', async (t) => {
  const { store } = await startApi(t, testModel);
  const streams = new ChangeStreams(systemRuntime, new Turns(systemRuntime));
  const count = Math.ceil(limits.streamsBufferBytes / limits.streamBufferBytes) + 4;
  const all = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      streams.open({
        store,
        range: withPrefix(`/${i}/`),
        fromRevision: 2,
        visible: (events) => events,
        text: (event) => JSON.stringify(event),
      }),
    ),
  );
  const value = 'x'.repeat(500_000);
  for (let i = 0; i < count; i++) for (let k = 0; k < 8; k++) await put(store, `/${i}/${k}`, value);
  while (!all.some(({ destroyed }) => destroyed)) await put(store, '/more', '');
  assert.ok(
    all.filter(({ destroyed }) => !destroyed).length >= limits.streamsBufferBytes / limits.streamBufferBytes - 1,
  );
  for (const stream of all) stream.destroy();
});
