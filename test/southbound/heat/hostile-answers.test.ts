import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { systemRuntime } from '../../../src/app/process/system-runtime.ts';
import type { ErrorCode } from '../../../src/kernel/error-catalogue.ts';
import { limits } from '../../../src/kernel/limits.ts';
import type { Runtime } from '../../../src/kernel/runtime.ts';
import type { StackEngine } from '../../../src/southbound/stack/stack.ts';
import { engineOn, never, refusalOf, requestFor, type Seen, serverOf } from './helpers.ts';

const REF = { project: 'tenant-1', name: 'network_1' };
const SECRET = 'the-secret-parameter';
const ID = '5e2cfb4b-6b3c-4b5c-8c27-0a9f6a4fd6d8';

/** A row of a list, as Heat gives it. */
function rowOf(more: object = {}) {
  return {
    id: ID,
    project: REF.project,
    stack_name: REF.name,
    stack_status: 'CREATE_COMPLETE',
    stack_status_reason: 'Stack CREATE completed successfully',
    creation_time: '2026-01-01T00:00:00Z',
    tags: ['kamado:1.0'],
    ...more,
  };
}

function errorBody(type: string, message: string): string {
  const traceback = 'Traceback (most recent call last): secret-traceback';
  return JSON.stringify({ code: 0, title: type, explanation: 'in general', error: { type, message, traceback } });
}

interface Said {
  readonly status?: number;
  readonly type?: string;
  readonly body: string;
}

/** An engine on a Heat that answers what it is told; and what it was asked. */
async function engineThatHears(t: TestContext, answer: (request: Seen) => Said, runtime: Runtime = systemRuntime) {
  const { origin, seen } = await serverOf(t, (request, _incoming, response) => {
    const { status = 200, type = 'application/json', body } = answer(request);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  return { engine: engineOn(t, { kind: 'none', endpoint: `${origin}/v1` }, runtime), seen };
}

const calls: { readonly [name: string]: (engine: StackEngine) => Promise<unknown> } = {
  create: (engine) => engine.create(requestFor(REF, SECRET), never),
  update: (engine) => engine.update(requestFor(REF, SECRET), never),
  delete: (engine) => engine.delete(REF, never),
  show: (engine) => engine.show(REF, never),
  statuses: (engine) => engine.statuses(REF.project, [REF.name], never),
  events: (engine) => engine.events(REF, never),
};

suite('What a hostile Heat answers', () => {
  const bodies: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['HTML', '<html><body>Welcome!</body></html>'],
    ['a number', '17'],
    ['a list', '[]'],
    ['deep JSON', '['.repeat(100_000)],
    ['deep JSON that ends', `{"stacks":${'['.repeat(1_000)}${']'.repeat(1_000)}}`],
    ['many empty stacks', `{"stacks":[${'{},'.repeat(limits.stackAnswerValues / 2)}{}]}`],
    ['many members', `{"stacks":[],"x":{${'"a":1,'.repeat(limits.stackAnswerValues)}"a":1}}`],
    ['too much', `{"stacks":[],"x":"${'x'.repeat(limits.stackAnswerBytes + 1)}"}`],
    ['half of it', '{"stacks":[{"id"'],
    ['no stacks', '{}'],
    ['stacks that are none', '{"stacks":{}}'],
    ['a stack that is none', '{"stacks":[3]}'],
    ['a name that is none', JSON.stringify({ stacks: [rowOf({ stack_name: 7 })] })],
    ['an id that is none', JSON.stringify({ stacks: [rowOf({ id: '../../other' })] })],
    ['an id that is an object', JSON.stringify({ stacks: [rowOf({ id: {} })] })],
    ['a status of no form', JSON.stringify({ stacks: [rowOf({ stack_status: 'BROKEN' })] })],
    ['a status that is a number', JSON.stringify({ stacks: [rowOf({ stack_status: 1 })] })],
    ['tags that are none', JSON.stringify({ stacks: [rowOf({ tags: 'kamado:1' })] })],
  ];
  for (const [what, body] of bodies) {
    test(`${what} where stacks are expected`, async (t) => {
      const { engine } = await engineThatHears(t, () => ({ body }));
      for (const name of ['delete', 'show', 'statuses', 'events', 'update']) {
        const error = await refusalOf(calls[name]?.(engine) ?? assert.fail());
        assert.equal(error.code, 'STACK_ANSWER_INVALID', name);
        assert.match(error.message, /^(?:Heat|OpenStack) at http:\/\/127\.0\.0\.1:\d+/);
        assert.ok(error.message.length < 300);
      }
    });
  }

  test('outputs whose numbers no double holds are text, with all their digits', async (t) => {
    const outputs = '[{"output_key":"serial","output_value":{"all":[1234567890123456789,1e2,0.5]}}]';
    const stack = JSON.stringify({ stack: rowOf({ outputs: 0 }) }).replace('"outputs":0', `"outputs":${outputs}`);
    const { engine } = await engineThatHears(t, ({ url }) => ({
      body: url.includes('?') ? JSON.stringify({ stacks: [rowOf()] }) : stack,
    }));
    const shown = await engine.show(REF, never);
    assert.deepEqual(shown?.outputs[0]?.output_value, { all: ['1234567890123456789', 100, 0.5] });
  });

  test('a stack of another name, and outputs that are none', async (t) => {
    const stacks = [
      rowOf({ stack_name: 'other' }),
      rowOf({ outputs: 'x' }),
      rowOf({ outputs: [{}] }),
      rowOf({ outputs: [[]] }),
    ];
    for (const stack of stacks) {
      const { engine } = await engineThatHears(t, ({ url }) => ({
        body: JSON.stringify(url.includes('?') ? { stacks: [rowOf()] } : { stack }),
      }));
      assert.equal((await refusalOf(engine.show(REF, never))).code, 'STACK_ANSWER_INVALID');
    }
  });

  const statuses: readonly (readonly [number, string, ErrorCode])[] = [
    [301, '<html>', 'STACK_ANSWER_INVALID'],
    [302, '<html>', 'STACK_ANSWER_INVALID'],
    [400, errorBody('StackValidationFailed', 'wrong'), 'STACK_REFUSED'],
    [400, '<html>', 'STACK_ANSWER_INVALID'],
    [401, 'Authentication required', 'STACK_ACCESS'],
    [403, errorBody('Forbidden', 'no'), 'STACK_ACCESS'],
    [403, errorBody('StackResourceLimitExceeded', 'enough'), 'STACK_REFUSED'],
    [404, '<html>', 'STACK_ANSWER_INVALID'],
    [409, errorBody('StackExists', 'there'), 'STACK_EXISTS'],
    [409, errorBody('ActionInProgress', 'wait'), 'STACK_BUSY'],
    [400, errorBody('NotSupported', 'Updating a stack when it is deleting is not supported.'), 'STACK_BUSY'],
    [429, '', 'STACK_UNAVAILABLE'],
    [500, errorBody('DBError', 'broken'), 'STACK_SERVER_ERROR'],
    [500, '<html>', 'STACK_SERVER_ERROR'],
    [502, '<html>', 'STACK_UNAVAILABLE'],
    [503, `{"error":${'['.repeat(100_000)}`, 'STACK_UNAVAILABLE'],
    [504, 'x'.repeat(1_000_000), 'STACK_UNAVAILABLE'],
  ];
  for (const [status, body, code] of statuses) {
    test(`status ${status} with ${body.slice(0, 40)} is ${code}`, async (t) => {
      const { engine } = await engineThatHears(t, () => ({ status, body }));
      const error = await refusalOf(engine.create(requestFor(REF, SECRET), never));
      assert.equal(error.code, code);
      assert.doesNotMatch(error.message, /traceback|the-secret/i);
      assert.ok(error.message.length < limits.stackReasonLength + 200);
    });
  }

  test('a reason is one line that is not too long', async (t) => {
    const message = `first\nsecond\t\u0000${'x'.repeat(10_000)}`;
    const { engine } = await engineThatHears(t, () => ({ status: 400, body: errorBody('Invalid', message) }));
    const error = await refusalOf(engine.create(requestFor(REF, SECRET), never));
    assert.match(error.message, /first second x+$/);
    assert.ok(error.message.length < limits.stackReasonLength + 100);
  });

  test('a 404 about something that the template names is no absent stack', async (t) => {
    const about = (what: string) => errorBody('EntityNotFound', `The ${what} could not be found.`);
    for (const [what, code] of [
      ['Snapshot (x)', 'STACK_REFUSED'],
      ['Stack (network_1)', 'STACK_NOT_FOUND'],
    ] as const) {
      const { engine } = await engineThatHears(t, ({ method }) => {
        return method === 'PUT' ? { status: 404, body: about(what) } : { body: JSON.stringify({ stacks: [rowOf()] }) };
      });
      assert.equal((await refusalOf(engine.update(requestFor(REF, SECRET), never))).code, code);
    }
  });

  test('an update and a deletion that answer HTML are taken', async (t) => {
    const { engine, seen } = await engineThatHears(t, ({ method }) => {
      if (method === 'GET') return { body: JSON.stringify({ stacks: [rowOf()] }) };
      return method === 'PUT' ? { status: 202, type: 'text/html', body: '<html>' } : { status: 204, body: '' };
    });
    await engine.update(requestFor(REF, SECRET, '2.0'), never);
    await engine.delete(REF, never);
    const [looked, updated, removed] = seen;
    assert.deepEqual(
      [looked?.url, updated?.url, removed?.url],
      ['/v1/tenant-1/stacks?name=network_1', ...Array(2).fill(`/v1/tenant-1/stacks/network_1/${ID}`)],
    );
    const { template: _, ...body } = JSON.parse(updated?.body ?? '');
    const expected = {
      parameters: { value: SECRET },
      timeout_mins: 5,
      disable_rollback: true,
      tags: 'kamado,kamado:2.0',
    };
    assert.deepEqual(body, expected);
  });
});

suite('Stacks in lists', () => {
  test('many names are asked for in URLs that are not too long', async (t) => {
    const names = Array.from({ length: 500 }, (_, i) => `network_${ID}_${i}`);
    const { engine, seen } = await engineThatHears(t, ({ url }) => {
      const asked = new URL(url, 'http://x').searchParams.getAll('name');
      return { body: JSON.stringify({ stacks: asked.map((name) => rowOf({ stack_name: name })) }) };
    });
    const found = await engine.statuses(REF.project, [...names, ...names, 'a b', '', '..'], never);
    assert.deepEqual([...found.keys()].sort(), [...names].sort());
    assert.ok(seen.length > 1 && seen.length < 10);
    assert.ok(seen.every(({ url }) => url.length <= 8_192));
  });

  test('what is gone, was not asked for, or is of another project is left out; of two the newest counts', async (t) => {
    const rows = [
      rowOf({ id: 'new', creation_time: '2026-03-01T00:00:00Z', stack_status: 'UPDATE_IN_PROGRESS', tags: ['x', 'y'] }),
      rowOf({ id: 'old', creation_time: '2026-02-01T00:00:00Z' }),
      rowOf({ id: 'gone', creation_time: '2026-04-01T00:00:00Z', stack_status: 'DELETE_COMPLETE' }),
      rowOf({ id: 'theirs', creation_time: '2026-05-01T00:00:00Z', project: 'tenant-2' }),
      { stack_name: 'other', id: 7 },
    ];
    const { engine } = await engineThatHears(t, () => ({ body: JSON.stringify({ stacks: rows }) }));
    const found = await engine.statuses(REF.project, [REF.name], never);
    assert.deepEqual(
      [...found],
      [
        [
          REF.name,
          {
            id: 'new',
            name: REF.name,
            action: 'UPDATE',
            progress: 'IN_PROGRESS',
            reason: 'Stack CREATE completed successfully',
            revision: null,
          },
        ],
      ],
    );
  });

  test('a remembered id saves the call that looks it up, and is looked up again where it is none any more', async (t) => {
    let id = 'first';
    const { engine, seen } = await engineThatHears(t, ({ url }) => {
      if (url.includes('?')) return { body: JSON.stringify({ stacks: [rowOf({ id })] }) };
      const isGone = !url.endsWith(id);
      return { body: JSON.stringify({ stack: rowOf({ id, ...(isGone && { stack_status: 'DELETE_COMPLETE' }) }) }) };
    });
    await engine.show(REF, never);
    await engine.show(REF, never);
    assert.equal(seen.length, 3);
    id = 'second';
    assert.equal((await engine.show(REF, never))?.id, 'second');
    assert.equal(seen.length, 6);
  });

  test('without Keystone, a project that can be no part of a URL has no access', async (t) => {
    const { engine, seen } = await engineThatHears(t, () => ({ body: '{"stacks":[]}' }));
    for (const project of ['', '.', '..', 'a/b', 'ä', 'a\nb', ' a', 'x'.repeat(300)]) {
      assert.equal((await refusalOf(engine.statuses(project, ['a'], never))).code, 'STACK_ACCESS');
    }
    assert.equal(seen.length, 0);
    await engine.statuses('a b%', ['a'], never);
    assert.equal(seen[0]?.url, '/v1/a%20b%25/stacks?name=a');
    assert.equal(seen[0]?.headers['x-auth-project'], 'a b%');
  });
});
