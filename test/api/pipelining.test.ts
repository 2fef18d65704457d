import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { exchange, startApi, type TestApi, testModel } from './helpers.ts';

/** An API whose GETs of a thing wait for `release`, and are counted. */
async function heldApi(t: TestContext, options: Parameters<typeof startApi>[2] = {}) {
  const real = await startApi(t, testModel);
  await real.send('POST', '/v2.0/things', { id: 'a' });
  let underWay = 0;
  let most = 0;
  let begun = 0;
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const database: TestApi['database'] = {
    ...real.database,
    get: async (caller, type, id) => {
      begun++;
      most = Math.max(most, ++underWay);
      await held;
      underWay--;
      return real.database.get(caller, type, id);
    },
  };
  const { api } = await startApi(t, testModel, { ...options, database });
  await api.listen();
  return { port: api.address.port, release, most: () => most, begun: () => begun };
}

async function livez(port: number): Promise<string> {
  return await exchange(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
}

const request = 'GET /v2.0/things/a HTTP/1.1\r\nHost: localhost\r\n\r\n';
const last = request.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n');

test('of a connection one request at a time is worked on, and all are answered in order', async (t) => {
  const { port, release, most, begun } = await heldApi(t);
  const count = 1_200;
  const answers = exchange(port, request.repeat(count - 1) + last);
  assert.match(await livez(port), /^HTTP\/1\.1 200/);
  assert.ok(begun() <= limits.requestsPerConnection, `${begun()} begun`);
  release();
  const statuses = [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  assert.equal(statuses.length, count);
  assert.ok(statuses.every((status) => status === '200'));
  assert.equal(most(), limits.requestsPerConnection);
});

test('a connection with many requests that wait is not read', async (t) => {
  const { port, release } = await heldApi(t);
  const socket = connect(port, '127.0.0.1');
  t.after(() => socket.destroy());
  socket.on('error', () => {});
  const sent = 40 * 1024 * 1024;
  socket.write(request.repeat(Math.ceil(sent / request.length)));
  // What the kernel takes is a few MiB; the rest stays here.
  for (let turns = 0; turns < 50; turns++) assert.match(await livez(port), /^HTTP\/1\.1 200/);
  assert.ok(socket.writableLength > sent / 2, `${socket.writableLength} of ${sent} bytes wait at the client`);
  release();
});

test('beyond the requests that may wait in all, the connection that sends more is ended; others are served', async (t) => {
  const { port, release } = await heldApi(t);
  const small = 'GET /v2.0/things/a HTTP/1.1\r\nHost:a\r\n\r\n'.replace('Host:a', 'Host:[::1]');
  const ended: Socket[] = [];
  const sockets: Socket[] = [];
  // What Node reads at once is 64 KiB.
  const each = Math.floor((60 * 1024) / small.length);
  const connections = Math.ceil(limits.pipelinedRequests / each) + 3;
  for (let i = 0; i < connections; i++) {
    const socket = connect(port, '127.0.0.1');
    t.after(() => socket.destroy());
    sockets.push(socket);
    socket.on('error', () => {});
    socket.on('close', () => ended.push(socket));
    socket.write(small.repeat(each));
    await livez(port);
  }
  while (ended.length === 0) assert.match(await livez(port), /^HTTP\/1\.1 200/);
  const answered = exchange(port, last);
  release();
  assert.match(await answered, /^HTTP\/1\.1 200/);
});

test('requests of a client that goes away while they wait are forgotten', async (t) => {
  const { port, release, begun } = await heldApi(t);
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request.repeat(10), () => socket.destroy()));
    socket.on('close', () => resolve());
  });
  // The end takes some turns to come through.
  for (let turns = 0; turns < 5; turns++) await livez(port);
  const other = exchange(port, last);
  while (begun() < 2) await livez(port);
  release();
  assert.match(await other, /^HTTP\/1\.1 200/);
  assert.equal(begun(), 2);
});

test('what is no HTTP behind a request is refused after the answer to that', async (t) => {
  const { port, release } = await heldApi(t);
  const answers = exchange(port, `${request}nonsense\r\n\r\n`);
  await livez(port);
  release();
  assert.deepEqual(
    [...(await answers).matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status),
    ['200', '400'],
  );
});

test('a body that is pipelined behind another one arrives', async (t) => {
  const { api } = await startApi(t, testModel);
  await api.listen();
  const bodies = Array.from({ length: 80 }, (_, i) => JSON.stringify({ id: `t${i}`, name: 'x'.repeat(5_000) }));
  const posts = bodies.map((body, i) => {
    const close = i === bodies.length - 1 ? 'Connection: close\r\n' : '';
    const head = `POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\n${close}Content-Type: application/json\r\n`;
    return `${head}Content-Length: ${body.length}\r\n\r\n${body}`;
  });
  const answers = await exchange(api.address.port, posts.join(''));
  assert.equal([...answers.matchAll(/HTTP\/1\.1 201/g)].length, bodies.length);
});
