import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createHttpClient } from '../../src/cli/http-client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

test('an answer without an end is left when its signal aborts, also long after it began', async (t) => {
  const server = createServer((_request, response) => response.write('{"n":1}\n')).listen(0, '127.0.0.1');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const ending = new AbortController();
  const lines = await createHttpClient(`http://127.0.0.1:${address.port}`).follow('/', ending.signal);
  const read: string[] = [];
  const reading = (async () => {
    for await (const line of lines) read.push(line);
  })();
  while (read.length === 0) await pause(5);
  for (let i = 0; i < 5; i++) {
    await pause(5);
    collectGarbage();
  }
  ending.abort();
  await reading;
  assert.deepEqual(read, ['{"n":1}']);
});
