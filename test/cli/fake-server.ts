import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { TestContext } from 'node:test';
import type { Json } from '../../src/kernel/json.ts';

/** A server that answers each path with a body and a Link, and remembers what it was asked. */
export async function serving(
  t: TestContext,
  answers: { readonly [path: string]: { readonly body: Json; readonly link?: string } },
): Promise<{ readonly endpoint: string; readonly asked: readonly string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { body, link } = answers[request.url ?? ''] ?? { body: {} };
    response.setHeader('content-type', 'application/json');
    if (link !== undefined) response.setHeader('link', link);
    response.end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return { endpoint: `http://127.0.0.1:${address.port}`, asked };
}
