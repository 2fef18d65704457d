import assert from 'node:assert/strict';
import { createServer, request, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { silentLog } from '../../../src/kernel/log.ts';
import { nodeSend } from '../../../src/southbound/heat/http.ts';
import { openStackEngine } from '../../../src/southbound/heat/openstack-engine.ts';
import { fastRuntime } from '../../support/fast-runtime.ts';
import { heatAvailable, startHeat } from '../../support/openstack.ts';
import { needs } from '../../support/services.ts';
import { heatDesk } from './heat-jobs.ts';

/** What a job's two minutes take here: four seconds. */
const HURRY = 30;
const MEBIBYTE = 1024 * 1024;

/** Ways of a Heat to answer what it should not, for stacks of that name. */
const manners: { readonly [name: string]: (response: ServerResponse) => void } = {
  hang: () => {},
  halfway: (response) => void response.writeHead(200, { 'content-length': 100 }).write('{"sta'),
  nothing: (response) => void response.socket?.destroy(),
  html: (response) =>
    void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Welcome to nginx</html>'),
  unavailable: (response) => void response.writeHead(503, { 'content-type': 'text/html' }).end('<html>503</html>'),
  huge: (response) => void response.writeHead(200).end(`{"stack": "${'x'.repeat(10 * MEBIBYTE)}"}`),
  deep: (response) => void response.writeHead(200).end('['.repeat(MEBIBYTE)),
  odd: (response) => void response.writeHead(200).end('{"stack": {"id": 7, "stack_status": []}, "stacks": {"a": 1}}'),
  broken: (response) => void response.writeHead(500).end('Internal error at secret-host'),
  forbidden: (response) =>
    void response.writeHead(403).end('{"code": 403, "error": {"type": "Forbidden", "message": "no role"}}'),
};

/** What is said of each. Those that may pass are tried until the job's time is up. */
const says: { readonly [name: string]: RegExp } = {
  hang: /not done within 120000 ms: .* is not available: /,
  halfway: /not done within 120000 ms: .* is not available: /,
  nothing: /not done within 120000 ms: .* is not available: /,
  html: /does not answer as it should: /,
  unavailable: /not done within 120000 ms: .* is not available: .*503/,
  huge: /does not answer as it should: .*(large|bytes)/,
  deep: /does not answer as it should: /,
  odd: /does not answer as it should: /,
  broken: /failed: /,
  forbidden: /refused access to project p: .*no role/,
};

/** A Heat behind a proxy that answers itself where the request is about a stack of a bad name. */
async function badHeat(t: TestContext, endpoint: string): Promise<string> {
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const name = /part_bad(\w+)/.exec(`${incoming.url} ${body}`)?.[1] ?? '';
      const manner = manners[name];
      if (manner !== undefined) return manner(response);
      const { method, headers } = incoming;
      const onward = request(new URL(incoming.url ?? '', endpoint), { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.destroy());
      onward.end(body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  return `http://127.0.0.1:${address.port}/v1`;
}

test(
  'a Heat that hangs, answers HTML, 10 MB, nonsense or nothing: an error within the job’s time, other jobs unharmed',
  needs('heat', heatAvailable()),
  async (t) => {
    const heat = await startHeat();
    t.after(() => heat.stop());
    const runtime = fastRuntime(HURRY);
    const cloud = { kind: 'none', endpoint: await badHeat(t, heat.endpoint) } as const;
    const engine = openStackEngine({ runtime, log: silentLog, cloud, send: nodeSend() });
    t.after(() => engine.close());
    const { run, value } = await heatDesk(t, engine, { runtime });
    const job = (id: string) => {
      return run(
        { resource_id: id, resource_input: { id, tenant_id: 'p' } },
        { name: 'n', jinja_name: 'it', heat_timeout: 1 },
      );
    };
    const names = Object.keys(manners);
    const [good, ...errors] = await Promise.all([job('good'), ...names.map((name) => job(`bad${name}`))]);
    assert.deepEqual(good, []);
    for (const [i, name] of names.entries()) {
      const [error = '', ...more] = errors[i] ?? [];
      assert.deepEqual(more, []);
      assert.match(error, says[name] ?? /^$/, name);
      assert.doesNotMatch(error, /secret-host|<html|\n/, name);
      const state = JSON.stringify(await value('state', `bad${name}`));
      assert.match(state, /"orchestration_state":"CREATE_ERROR","worker_state":"CREATE_ERROR"/);
    }
    assert.deepEqual(await job('good'), [], 'and after that');
  },
);
