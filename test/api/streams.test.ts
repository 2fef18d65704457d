import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import { isJsonObject, type JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Store } from '../../src/store/store.ts';
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
  const told = await all.next();
  assert.equal(told?.key, '/config/v2.0/edge_routers/r');
  assert.doesNotMatch(JSON.stringify(told), /hunter2/);
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
