import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { limits } from '../../src/kernel/limits.ts';
import { answerOf, assertProblem, exchange, startApi, type TestApi, testModel } from './helpers.ts';

/** The first answer in what came over a connection. */
function parseAnswer(text: string) {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [status = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => [line.split(':')[0]?.toLowerCase() ?? '', line.slice(line.indexOf(':') + 2)]);
  return answerOf(Number(status.split(' ')[1]), Object.fromEntries(headers), rest.join('\r\n\r\n'));
}

async function listening(
  t: Parameters<typeof startApi>[0],
  options: Parameters<typeof startApi>[2] = {},
): Promise<TestApi> {
  const started = await startApi(t, testModel, options);
  await started.api.listen();
  return started;
}

function get(path: string, headers: string, version = '1.1'): string {
  return `GET ${path} HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`;
}

test('a body of 10 MB is refused, said so, and kept out', async (t) => {
  const { api, send } = await listening(t);
  const { port } = api.address;
  const body = Buffer.alloc(10 * 1024 * 1024, 0x61);
  const answer = await fetch(`http://127.0.0.1:${port}/v2.0/things`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  assertProblem(
    answerOf(answer.status, Object.fromEntries(answer.headers), await answer.text()),
    413,
    'BODY_TOO_LARGE',
  );

  const head = 'POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
  const chunk = [`${(64 * 1024).toString(16)}\r\n`, body.subarray(0, 64 * 1024), '\r\n'];
  const chunks = Array.from({ length: 160 }, () => chunk).flat();
  const text = await exchange(port, [`${head}Transfer-Encoding: chunked\r\n\r\n`, ...chunks, '0\r\n\r\n'], '\r\n\r\n{');
  assert.equal(parseAnswer(text).status, 413);
  assert.equal((await send('GET', '/v2.0/things')).headers['x-total-count'], '0');
});

test('a request that comes too slowly is ended with 408, in its headers as in its body', async (t) => {
  const { api } = await listening(t, { requestTimeoutMs: 200 });
  const head =
    'POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n';
  for (const started of [head, `${head}\r\n{"a":`]) {
    assertProblem(parseAnswer(await exchange(api.address.port, started)), 408, 'REQUEST_TIMEOUT');
  }
});

test('what is not HTTP is a problem', async (t) => {
  const { api, errors } = await listening(t);
  for (const bytes of [
    'nonsense\r\n\r\n',
    'FETCH / HTTP/1.1\r\n\r\n',
    'GET / HTTP/9.9\r\n\r\n',
    '\x16\x03\x01\x02\x00',
  ]) {
    assertProblem(parseAnswer(await exchange(api.address.port, bytes)), 400, 'REQUEST_MALFORMED');
  }
  const smuggled =
    'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n';
  assertProblem(parseAnswer(await exchange(api.address.port, smuggled)), 400, 'REQUEST_MALFORMED');
  assert.deepEqual(errors, []);
});

test('headers that are too large or too many are refused', async (t) => {
  const { api } = await listening(t);
  const host = 'Host: localhost\r\n';
  const large = `${host}X-A: ${'x'.repeat(limits.requestHeaderBytes)}\r\n`;
  assertProblem(parseAnswer(await exchange(api.address.port, get('/livez', large))), 431, 'HEADERS_TOO_LARGE');
  const head = await exchange(api.address.port, get('/livez', large).replace('GET', 'HEAD'));
  assert.match(head, /^HTTP\/1\.1 431 .*\r\n\r\n$/s, 'the answer to HEAD has no body');
  const inParts = async (method: string): Promise<string> => {
    const socket = connect(api.address.port, '127.0.0.1').setEncoding('utf8');
    socket.write(`${method} /livez HTTP/1.1\r\n`);
    await pause(100);
    socket.write(`${large}\r\n`);
    return (await socket.toArray()).join('');
  };
  for (const method of ['HEAD', 'GET']) {
    assert.match(await inParts(method), /^HTTP\/1\.1 431 .*\r\n\r\n$/s, 'nor that to what may be one');
  }
  const many = (count: number) => host + 'X-A: 1\r\n'.repeat(count);
  assertProblem(
    parseAnswer(await exchange(api.address.port, get('/livez', many(limits.requestHeaders)))),
    431,
    'HEADERS_TOO_LARGE',
  );
  assert.equal(
    parseAnswer(await exchange(api.address.port, get('/livez', many(limits.requestHeaders - 2)))).status,
    200,
  );
});

test('hosts: names of this server only', async (t) => {
  const { api } = await listening(t, { host: 'localhost' });
  const status = async (headers: string, path = '/livez', version?: string) =>
    parseAnswer(await exchange(api.address.port, get(path, headers, version)));
  for (const host of ['localhost', 'LOCALHOST:9091', '127.0.0.1', '192.0.2.7:80', '[::1]:9091', '[2001:db8::1]']) {
    assert.equal((await status(`Host: ${host}\r\n`)).status, 200, host);
  }
  const foreign = [
    'evil.example',
    'evil.localhost',
    'localhost.evil.example',
    'localhost:x',
    'localhost@evil',
    '127.0.0.1.nip.io',
  ];
  for (const host of [...foreign, '[::1', '[evil]', '', 'a:b:c', '127.1', '0x7f.1']) {
    assertProblem(await status(`Host: ${host}\r\n`), 403, 'HOST_REFUSED');
    assertProblem(await status(`Host: ${host}\r\n`, '/nothing'), 403, 'HOST_REFUSED');
  }
  assertProblem(await status(''), 400, 'REQUEST_MALFORMED');
  assert.equal((await status('', '/livez', '1.0')).status, 200);
  // The target's host counts where there is one (RFC 9112 §3.2.2).
  assertProblem(await status('Host: localhost\r\n', 'http://evil.example/livez'), 403, 'HOST_REFUSED');
  assert.equal((await status('Host: evil.example\r\n', 'http://localhost/livez')).status, 200);
});

test('the name given as the host is accepted', async (t) => {
  const { send } = await startApi(t, testModel, { host: 'kamado.example' });
  assert.equal((await send('GET', '/livez', undefined, { host: 'Kamado.Example:9091' })).status, 200);
  assertProblem(await send('GET', '/livez', undefined, { host: 'other.example' }), 403, 'HOST_REFUSED');
});

test('pages of other names are refused, before anything is done', async (t) => {
  const { send } = await startApi(t, testModel);
  for (const origin of [
    'http://evil.example',
    'null',
    'https://localhost.evil.example',
    'file://',
    'chrome-extension://x',
    '',
  ]) {
    assertProblem(await send('POST', '/v2.0/things', { id: 'a' }, { origin }), 403, 'ORIGIN_REFUSED');
  }
  assert.equal((await send('GET', '/v2.0/things')).headers['x-total-count'], '0');
  for (const origin of ['http://localhost:3000', 'https://127.0.0.1', 'http://[::1]:1']) {
    assert.equal((await send('POST', '/v2.0/things', {}, { origin })).status, 201, origin);
  }
});

test('a client that goes away in the middle leaves nothing behind', async (t) => {
  const { api, send, errors } = await listening(t);
  const head =
    'POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{';
  await new Promise<void>((resolve) => {
    const socket = connect(api.address.port, '127.0.0.1', () => socket.write(head, () => socket.destroy()));
    socket.on('close', () => resolve());
  });
  assert.equal((await fetch(`http://127.0.0.1:${api.address.port}/livez`)).status, 200);
  assert.equal((await send('GET', '/v2.0/things')).headers['x-total-count'], '0');
  assert.deepEqual(errors, []);
});

test('a port in use and an address of another machine are said so', async (t) => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  t.after(() => other.close());
  const address = other.address();
  assert.ok(typeof address === 'object' && address !== null);
  const { api } = await listening(t);
  const refused = await startApi(t, testModel, { port: address.port });
  await assert.rejects(refused.api.listen(), (error) => isKamadoError(error, 'PORT_IN_USE'));
  const foreign = await startApi(t, testModel, { host: '192.0.2.1' });
  await assert.rejects(foreign.api.listen(), (error) => isKamadoError(error, 'ADDRESS_UNUSABLE'));
  assert.notEqual(api.address.port, 0);
});

test('the end: idle connections close, what is under way is answered, what comes then is refused', async (t) => {
  const real = await startApi(t, testModel);
  let release = (): void => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  let asked = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const slow: TestApi['database'] = {
    ...real.database,
    get: async (caller, type, id) => {
      asked();
      await held;
      return real.database.get(caller, type, id);
    },
  };
  await real.send('POST', '/v2.0/things', { id: 'a' });
  const { api } = await listening(t, { database: slow });
  const { port } = api.address;
  const silent = exchange(port, '');
  const kept = exchange(port, 'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n');
  const underWay = exchange(port, 'GET /v2.0/things/a HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await arrived;
  const closed = api.close();
  release();
  await closed;
  assert.match(await underWay, /^HTTP\/1\.1 200.*"id":"a"/s);
  assert.match(await kept, /^HTTP\/1\.1 200/);
  assert.equal(await silent, '');
  assert.equal(await exchange(port, get('/livez', 'Host: localhost\r\n')), '');
});

test('a request that hangs does not hold the end for longer than it may', async (t) => {
  const real = await startApi(t, testModel);
  let asked = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const hanging: TestApi['database'] = {
    ...real.database,
    get: () => {
      asked();
      return new Promise(() => {});
    },
  };
  const { api } = await listening(t, { database: hanging });
  const cut = exchange(api.address.port, get('/v2.0/things/a', 'Host: localhost\r\n'));
  await arrived;
  await api.close();
  assert.equal(await cut, '');
});

test('pages of other servers are refused, whatever they send: with a body or without, by name or by address', async (t) => {
  const { api, send } = await listening(t);
  const { port } = api.address;
  await send('POST', '/v2.0/things', { id: 'a' });
  const bodiless = async (method: string, headers: string, version = '1.1') => {
    const head = `${method} /v2.0/things/a HTTP/${version}\r\n${headers}Connection: close\r\n\r\n`;
    return parseAnswer(await exchange(port, head));
  };
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const foreign = ['http://1.2.3.4', 'http://192.0.2.7:9091', 'https://[2001:db8::1]', 'null', 'http://0.0.0.0', ''];
  for (const origin of [
    ...foreign,
    'http://evil.example',
    `http://127.0.0.1@evil.example`,
    'http://127.0.0.1.nip.io',
  ]) {
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET']) {
      const refused = await bodiless(method, `${host}Origin: ${origin}\r\n`);
      assertProblem(refused, 403, 'ORIGIN_REFUSED');
    }
    assertProblem(await bodiless('DELETE', `Origin: ${origin}\r\n`, '1.0'), 403, 'ORIGIN_REFUSED');
  }
  assertProblem(
    await bodiless('DELETE', `${host}Origin: http://localhost\r\nOrigin: http://1.2.3.4\r\n`),
    400,
    'REQUEST_MALFORMED',
  );
  assertProblem(await bodiless('DELETE', `${host}Sec-Fetch-Site: cross-site\r\n`), 403, 'ORIGIN_REFUSED');
  assertProblem(
    await bodiless('GET', `${host}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n`),
    403,
    'ORIGIN_REFUSED',
  );
  assert.equal((await send('GET', '/v2.0/things/a')).status, 200, 'it is still there');

  const own = [`http://127.0.0.1:${port}`, 'http://localhost:3000', 'http://127.9.9.9', 'http://[::1]:1'];
  for (const origin of own) assert.equal((await bodiless('GET', `${host}Origin: ${origin}\r\n`)).status, 200, origin);
  // A page of the address that the request names is a page of this server.
  const named = 'Host: 192.0.2.7:9091\r\nOrigin: http://192.0.2.7:9091\r\n';
  assert.equal((await bodiless('GET', named)).status, 200);
  for (const site of ['same-origin', 'same-site', 'none']) {
    assert.equal((await bodiless('GET', `${host}Sec-Fetch-Site: ${site}\r\n`)).status, 200, site);
  }
  assert.equal((await bodiless('GET', '', '1.0')).status, 200);
});

test('headers that count once may stand there once', async (t) => {
  const { api } = await listening(t);
  const host = 'Host: localhost\r\n';
  for (const headers of [
    `${host}Host: evil.example\r\n`,
    `Host: evil.example\r\n${host}`,
    `${host}HOST: localhost\r\n`,
    `${host}Content-Type: application/json\r\nContent-Type: text/plain\r\n`,
  ]) {
    for (const version of ['1.0', '1.1']) {
      const refused = parseAnswer(await exchange(api.address.port, get('/livez', headers, version)));
      assertProblem(refused, 400, 'REQUEST_MALFORMED');
    }
  }
});

test('what HTTP has besides is answered by a problem', async (t) => {
  const { api, errors } = await listening(t);
  const { port } = api.address;
  const ask = async (head: string) =>
    parseAnswer(await exchange(port, `${head}Host: localhost\r\nConnection: close\r\n\r\n`));
  for (const expected of ['200-ok', 'x', '100-continue, x', '']) {
    assertProblem(await ask(`GET /livez HTTP/1.1\r\nExpect: ${expected}\r\n`), 417, 'EXPECTATION_FAILED');
  }
  const body = '{"id":"a"}';
  const continued = await exchange(
    port,
    `POST /v2.0/things HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nExpect: 100-Continue\r\n` +
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  assert.match(continued, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 201/);

  for (const target of ['localhost:80', 'evil.example:443']) {
    const refused = await ask(`CONNECT ${target} HTTP/1.1\r\n`);
    assertProblem(refused, 405, 'METHOD_NOT_ALLOWED');
    assert.equal(refused.headers.allow, 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT');
  }
  const behind = await exchange(
    port,
    'GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\nCONNECT a:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
  );
  assert.match(behind, /^HTTP\/1\.1 200.*HTTP\/1\.1 405 /s);

  for (const method of ['TRACE', 'PROPFIND', 'MKCOL', 'LOCK', 'REPORT', 'QUERY', 'PURGE']) {
    for (const path of ['/livez', '/v2.0/things', '/v2.0/things/a']) {
      const refused = await ask(`${method} ${path} HTTP/1.1\r\n`);
      assertProblem(refused, 405, 'METHOD_NOT_ALLOWED');
      assert.match(refused.headers.allow ?? '', /GET/);
    }
  }
  assertProblem(await ask('BREW /livez HTTP/1.1\r\n'), 400, 'REQUEST_MALFORMED');
  assertProblem(await ask('PRI * HTTP/2.0\r\n'), 400, 'REQUEST_MALFORMED');
  // To change the protocol is an offer, which may be declined without a word (RFC 9110 §7.8).
  const upgrade = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n';
  assert.match(await exchange(port, upgrade), /^HTTP\/1\.1 200/);
  for (const target of [
    '*',
    'http://localhost',
    'http://localhost/nothing',
    '//evil.example/livez',
    'ftp://localhost/livez',
  ]) {
    const answer = await ask(`OPTIONS ${target} HTTP/1.1\r\n`);
    assert.ok(answer.status === 404 || answer.status === 400, `${target}: ${answer.status}`);
    assertProblem(answer, answer.status, String(answer.body.code));
  }
  const folded = 'GET /livez HTTP/1.1\r\nHost: localhost\r\nX-A: 1\r\n 2\r\nConnection: close\r\n\r\n';
  assert.match(await exchange(port, folded), /^HTTP\/1\.1 (200|400)/);
  assert.deepEqual(errors, []);
});
