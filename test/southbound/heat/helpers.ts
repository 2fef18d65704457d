import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import { isKamadoError, type KamadoError } from '../../../src/kernel/errors.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import type { Runtime } from '../../../src/kernel/runtime.ts';
import type { Cloud } from '../../../src/southbound/heat/cloud.ts';
import { nodeSend } from '../../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../../src/southbound/heat/openstack-engine.ts';
import type { Stack, StackEngine, StackRef, StackRequest } from '../../../src/southbound/stack/stack.ts';
import { until } from '../../support/until.ts';

/** A signal that never aborts. */
export const never = new AbortController().signal;

/** An engine on a cloud, closed with the test. */
export function engineOn(context: TestContext, cloud: Cloud, runtime: Runtime = systemRuntime): StackEngine {
  const engine = openStackEngine({ runtime, log: silentLog, send: nodeSend(cloud.tls), cloud });
  context.after(() => engine.close());
  return engine;
}

/** A request for a stack of one resource, whose output is the value. */
export function requestFor(ref: StackRef, value: string, revision = '1.0'): StackRequest {
  const template = `
heat_template_version: 2013-05-23
parameters:
  value: {type: string}
resources:
  thing:
    type: OS::Heat::TestResource
    properties: {value: {get_param: value}}
outputs:
  echo: {value: {get_attr: [thing, output]}}
`;
  return { ref, revision, template, parameters: { value }, timeoutMinutes: 5 };
}

/** The stack, once it is done with what the revision asks. */
export function completed(engine: StackEngine, ref: StackRef, revision: string): Promise<Stack> {
  return until(async () => {
    const stack = await engine.show(ref, never);
    assert.notEqual(stack?.progress, 'FAILED', stack?.reason);
    return stack?.progress === 'COMPLETE' && stack.revision === revision && stack;
  }, `${ref.name} complete`);
}

/** Waits until the stack is gone. */
export async function gone(engine: StackEngine, ref: StackRef): Promise<void> {
  await until(async () => (await engine.show(ref, never)) === null, `${ref.name} gone`);
}

/** A request that a test's server got. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** An HTTP server on loopback, closed with the test; gives its origin and what it was asked. */
export async function serverOf(
  context: TestContext,
  answer: (request: Seen, ...exchange: Parameters<RequestListener>) => void,
): Promise<{ readonly origin: string; readonly seen: readonly Seen[] }> {
  const seen: Seen[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url = '', headers } = request;
    const asked = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
    seen.push(asked);
    answer(asked, request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { origin: `http://127.0.0.1:${address.port}`, seen };
}

/** The error of the catalogue that a call rejects with. */
export async function refusalOf(call: Promise<unknown>): Promise<KamadoError> {
  try {
    await call;
  } catch (error) {
    if (isKamadoError(error)) return error;
    throw error;
  }
  return assert.fail('it was not refused');
}
