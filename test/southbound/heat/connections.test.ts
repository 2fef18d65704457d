import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { limits } from '../../../src/kernel/limits.ts';
import { nodeSend } from '../../../src/southbound/heat/http.ts';
import { manualRuntime } from '../../support/manual-runtime.ts';
import { freePort } from '../../support/programs.ts';
import { until } from '../../support/until.ts';
import { engineOn, never, refusalOf, serverOf } from './helpers.ts';

const REF = { project: 'tenant-1', name: 'network_1' };

/** A server of bytes, closed with the test. */
async function bytesServer(t: TestContext, serve: (socket: Socket) => void): Promise<string> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    serve(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return `http://127.0.0.1:${address.port}`;
}

function getOf(url: string, signal = never) {
  return { method: 'GET', url, headers: { 'x-auth-token': 'token-secret' }, body: null, signal } as const;
}

const EMPTY = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';

test('a Heat that hangs is given up when the time is up, before its answer and within it', async (t) => {
  for (const begun of ['', 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"sta']) {
    let asked = 0;
    const origin = await bytesServer(t, (socket) => {
      socket.on('data', () => {
        asked++;
        socket.write(begun);
      });
    });
    const runtime = manualRuntime();
    const engine = engineOn(t, { kind: 'none', endpoint: origin }, runtime);
    const refused = refusalOf(engine.show(REF, never));
    await until(() => asked > 0, 'asked');
    runtime.advance(limits.stackRequestTimeoutMs);
    const error = await refused;
    assert.equal(error.code, 'STACK_UNAVAILABLE');
    assert.match(error.message, /no answer within 30000 ms/);
    assert.equal(runtime.timers(), 0);
  }
});

test('a call ends with its signal, and with the engine', async (t) => {
  const origin = await bytesServer(t, () => undefined);
  const engine = engineOn(t, { kind: 'none', endpoint: origin });
  const stop = new AbortController();
  const cancelled = refusalOf(engine.show(REF, stop.signal));
  const closed = refusalOf(engine.show(REF, never));
  stop.abort();
  assert.equal((await cancelled).code, 'STACK_UNAVAILABLE');
  await engine.close();
  assert.equal((await closed).code, 'STACK_UNAVAILABLE');
  assert.equal((await refusalOf(engine.show(REF, stop.signal))).code, 'STACK_UNAVAILABLE');
});

test('many calls at once are no leak', async (t) => {
  const warnings: string[] = [];
  const note = (warning: Error) => warnings.push(warning.name);
  process.on('warning', note);
  t.after(() => process.off('warning', note));
  const { origin } = await serverOf(t, (_request, _incoming, response) => response.end('{"stacks":[]}'));
  const engine = engineOn(t, { kind: 'none', endpoint: origin });
  await Promise.all(Array.from({ length: 50 }, () => engine.show(REF, new AbortController().signal)));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('a reset, an end without an answer, half an answer, and nobody there: not available, and no secret told', async (t) => {
  const half = 'HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n{"sta';
  const servers = [
    await bytesServer(t, (socket) => socket.once('data', () => socket.resetAndDestroy())),
    await bytesServer(t, (socket) => socket.once('data', () => socket.end())),
    await bytesServer(t, (socket) => socket.once('data', () => socket.end(half))),
    `http://127.0.0.1:${await freePort()}`,
  ];
  const send = nodeSend();
  for (const origin of servers) {
    const error = await refusalOf(send(getOf(`${origin}/v1?password=query-secret`)));
    assert.equal(error.code, 'STACK_UNAVAILABLE');
    assert.doesNotMatch(`${error.message} ${error.stack}`, /secret/);
    assert.ok(error.message.includes(origin));
  }
});

test('what speaks no HTTP, or no TLS, does not answer as it should', async (t) => {
  const origin = await bytesServer(t, (socket) => socket.end('220 mail.example ESMTP\r\n'));
  const send = nodeSend();
  for (const url of [origin, origin.replace('http:', 'https:')]) {
    assert.equal((await refusalOf(send(getOf(url)))).code, 'STACK_ANSWER_INVALID');
  }
});

test('an answer that never ends is cut off, and one of an error is read in part', async (t) => {
  const { origin } = await serverOf(t, ({ url }, _request, response) => {
    response.writeHead(url === '/error' ? 500 : 200);
    const fill = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', fill);
    fill();
  });
  const send = nodeSend();
  assert.equal((await refusalOf(send(getOf(origin)))).code, 'STACK_ANSWER_INVALID');
  assert.equal((await send(getOf(`${origin}/error`))).body.length, limits.stackErrorBytes);
});

test('a kept connection that was closed meanwhile: what reads is sent again, what writes is not', async (t) => {
  let connections = 0;
  const origin = await bytesServer(t, (socket) => {
    const isFirst = connections++ % 2 === 0;
    let requests = 0;
    socket.on('data', () => {
      // The first connection answers once, and breaks at the second request.
      if (isFirst && requests++ > 0) socket.resetAndDestroy();
      else socket.write(EMPTY);
    });
  });
  const get = nodeSend();
  await get(getOf(origin));
  assert.equal((await get(getOf(origin))).status, 200);
  assert.equal(connections, 2);

  const post = nodeSend();
  await post(getOf(origin));
  const error = await refusalOf(post({ ...getOf(origin), method: 'POST', body: '{}' }));
  assert.equal(error.code, 'STACK_UNAVAILABLE');
  assert.equal(connections, 3);
  get.close?.();
  post.close?.();
});

test('no more connections are open than the limit says', async (t) => {
  const open = new Set<Socket>();
  let most = 0;
  const origin = await bytesServer(t, (socket) => {
    open.add(socket);
    most = Math.max(most, open.size);
    socket.on('close', () => open.delete(socket));
    socket.on('data', () => setTimeout(() => socket.write(EMPTY), 5));
  });
  const send = nodeSend();
  await Promise.all(Array.from({ length: 100 }, () => send(getOf(origin, new AbortController().signal))));
  assert.equal(most, limits.stackConnections);
  send.close?.();
  if (open.size > 0) await Promise.all([...open].map((socket) => once(socket, 'close')));
});
