import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { Budget } from '../../src/api/budget.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import type { KamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { Turns } from '../../src/kernel/turns.ts';
import { answerOf, assertProblem, exchange, startApi, type TestApi, testModel } from './helpers.ts';

const ROW_BYTES = 240_000;

/** Things of 240 KB each, more than a page. */
async function withLargeThings(t: TestContext, options: Parameters<typeof startApi>[2] = {}): Promise<TestApi> {
  const started = await startApi(t, testModel, options);
  const caller = { user: 'u', tenant: null, roles: [] };
  for (let i = 10; i < 50; i++) {
    await started.database.create(caller, 'thing', `t${i}`, { id: `t${i}`, name: 'x'.repeat(ROW_BYTES) });
  }
  await started.api.listen();
  return started;
}

/** A client that asks and doesn't read. */
function askWithoutReading(t: TestContext, port: number, path: string): Socket {
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  socket.pause();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`.repeat(20));
  return socket;
}

/** Timers of the runtime don't keep a process alive. */
function stayAlive(t: TestContext): void {
  const alive = setInterval(() => {}, 60_000);
  t.after(() => clearInterval(alive));
}

test('answers that nobody reads fill the budget, and no more: others get 503, health is answered, then they are cut', async (t) => {
  const { api, errors } = await withLargeThings(t, { admissionWaitMs: 50, answerStallMs: 1_500 });
  const { port } = api.address;
  const count = Math.ceil(limits.answerMemoryBytes / limits.pageBytes) + 10;
  const lazy = Array.from({ length: count }, () => askWithoutReading(t, port, '/v2.0/things'));
  const ask = async (path: string) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return answerOf(answer.status, Object.fromEntries(answer.headers), await answer.text());
  };
  let refused = await ask('/v2.0/things');
  while (refused.status === 200) refused = await ask('/v2.0/things');
  assertProblem(refused, 503, 'OVERLOADED');
  assert.equal(refused.headers['retry-after'], '1');
  assert.equal((await ask('/livez')).status, 200);
  assert.equal((await ask('/readyz')).status, 200);

  let again = refused;
  while (again.status === 503) again = await ask('/v2.0/things');
  assert.equal(again.status, 200);
  // A socket that isn't read doesn't hear that it is closed.
  const closed = lazy.map((socket) => new Promise<void>((resolve) => socket.once('close', () => resolve())));
  for (const socket of lazy) socket.resume();
  await Promise.all(closed);
  assert.deepEqual(errors, []);
});

test('large bodies that don’t come to their end fill their budget, and no more: small ones are still taken', async (t) => {
  const { api, send } = await startApi(t, testModel, { admissionWaitMs: 50 });
  await api.listen();
  const { port } = api.address;
  const head = 'POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const count = limits.bodyMemoryBytes / limits.requestBodyBytes;
  for (let i = 0; i < count; i++) {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    socket.write(`${head}Content-Length: ${limits.requestBodyBytes}\r\n\r\n{`);
  }
  const large = JSON.stringify({ name: 'x'.repeat(limits.smallBodyBytes) });
  const post = `${head}Connection: close\r\nContent-Length: ${large.length}\r\n\r\n${large}`;
  let text = await exchange(port, post);
  while (text.startsWith('HTTP/1.1 201')) text = await exchange(port, post);
  assert.match(text, /^HTTP\/1\.1 503.*OVERLOADED/s);
  assert.equal((await send('POST', '/v2.0/things', { id: 'small' })).status, 201);
});

test('a client that goes away while it waits or is served gives back what it held', async (t) => {
  const { api } = await withLargeThings(t, { admissionWaitMs: 10_000, answerStallMs: 60_000 });
  const { port } = api.address;
  const count = 2 * Math.ceil(limits.answerMemoryBytes / limits.pageBytes);
  const gone = Array.from({ length: count }, () => askWithoutReading(t, port, '/v2.0/things'));
  await exchange(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  for (const socket of gone) socket.destroy();
  const answer = await fetch(`http://127.0.0.1:${port}/v2.0/things`);
  assert.equal(answer.status, 200);
  await answer.text();
});

test('a budget gives its shares in order, refuses who waits too long, and forgets who leaves', async (t) => {
  stayAlive(t);
  const budget = new Budget(systemRuntime, { name: 'a test', bytes: 100, waitMs: 20 });
  const reported: string[] = [];
  const ask = (name: string, bytes: number): (() => void) =>
    budget.take(bytes, (error: KamadoError | null) => reported.push(`${name} ${error?.code ?? 'in'}`));
  ask('a', 60);
  const leave = ask('large', 90);
  ask('small', 10);
  assert.deepEqual(reported, ['a in'], 'nobody overtakes');
  leave();
  assert.deepEqual(reported, ['a in', 'small in']);
  assert.equal(budget.used, 70);
  ask('b', 50);
  budget.change(60, 40);
  assert.deepEqual(reported.slice(2), ['b in']);
  await new Promise<void>((resolve) => {
    budget.take(10, (error) => {
      assert.equal(error?.code, 'OVERLOADED');
      resolve();
    });
  });
  budget.change(40, 0);
  budget.change(10, 0);
  budget.change(50, 0);
  ask('whole', 1_000);
  assert.equal(reported.at(-1), 'whole in');
  assert.equal(budget.used, 100);
  budget.change(1_000, 0);
  assert.equal(budget.used, 0);
});

test('so much work is done in a turn, and the rest in the next ones, in order', async (t) => {
  stayAlive(t);
  const turns: (() => void)[] = [];
  const shares = new Turns({ ...systemRuntime, nextTurn: (task) => turns.push(task) });
  const done: number[] = [];
  const piece = limits.turnBytes / 2;
  const all = Array.from({ length: 7 }, (_, i) => shares.take(piece).then(() => done.push(i)));
  const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  await settle();
  assert.deepEqual(done, [0, 1]);
  for (const expected of [4, 6, 7]) {
    turns.shift()?.();
    await settle();
    assert.equal(done.length, expected);
  }
  await Promise.all(all);
  assert.deepEqual(done, [0, 1, 2, 3, 4, 5, 6]);
});
