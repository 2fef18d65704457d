import assert from 'node:assert/strict';
import { acting, actingInSteps, erase, finishDeletion, shown, shownText } from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, refersTo, schema, string, versioned } from './helpers.ts';

const model = modelOf(
  schema('router', { last: shownText, color: string, orchestration_state: { ...string, permission: [] } }, versioned),
  schema('line', { router_id: refersTo('router') }),
  actingInSteps(
    'gateway',
    { line_id: refersTo('line'), color: string, note: string, on: { type: 'boolean' } },
    {
      updates: {
        router: {
          path: ['line_id', 'router_id'],
          set: { last: 'Pid', color: 'Pcolor' },
          on_delete: { last: 'C' },
          keep: ['orchestration_state'],
          when: { not: { equal: [{ field: 'on' }, { constant: false }] } },
        },
      },
    },
  ),
  schema(
    'gate',
    { router_id: refersTo('router'), note: string },
    {
      behaviour: { updates: { router: { path: ['router_id'], set: { last: 'Pid' } } } },
    },
  ),
  acting('top', { child_note: shownText }, { children: { a: { type: 'leaf', properties: { top_id: 'Pid' } } } }),
  acting('leaf', { top_id: refersTo('top') }, { updates: { top: { path: ['top_id'], set: { child_note: 'Cseen' } } } }),
);

async function withRouters(client: Client): Promise<Client> {
  for (const id of ['r', 's']) {
    await client.create('router', id, { color: 'grey' });
    await client.create('line', `${id}-line`, { router_id: id });
    await client.succeed('router', id, 1);
  }
  return client;
}

const router = async (client: Client, id = 'r') => [
  ...(await shown(client, 'router', id, 'last', 'color')),
  (await client.row('router', id)).configVersion,
];

/** Changes of related resources. */
export function updateBehaviour(test: ContractTest): void {
  test('the end of the path gets values, and a version that keeps what is to be kept', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'g', { line_id: 'r-line', color: 'red' });
    assert.deepEqual(await router(client), ['g', 'red', 2]);
    assert.deepEqual(await shown(client, 'router', 'r', 'orchestration_state'), ['CREATE_COMPLETE']);
    assert.equal((await client.eventLines()).at(-1), 'put router:r v2');
    await client.create('gate', 'x', { router_id: 's' });
    assert.deepEqual(await shown(client, 'router', 's', 'last', 'orchestration_state'), ['x', 'UPDATE_IN_PROGRESS']);
  });

  test('when what it sets changes, and only then', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'g', { line_id: 'r-line', color: 'red' });
    await client.update('gateway', 'g', { note: 'n' });
    assert.deepEqual(await router(client), ['g', 'red', 2]);
    await client.update('gateway', 'g', { color: 'blue' });
    assert.deepEqual(await router(client), ['g', 'blue', 3]);
    await client.update('router', 'r', { color: 'blue' });
    await client.update('gateway', 'g', { color: 'grey' });
    await client.create('gateway', 'h', { color: 'red' });
    assert.deepEqual(await router(client), ['g', 'grey', 4 + 1]);
  });

  test('a path that leads elsewhere: taken back there, set here', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'g', { line_id: 'r-line', color: 'red' });
    await client.update('gateway', 'g', { line_id: 's-line' });
    assert.deepEqual(
      [await router(client), await router(client, 's')],
      [
        ['', 'red', 3],
        ['g', 'red', 2],
      ],
    );
    await client.update('gateway', 'g', { on: false });
    assert.deepEqual(await router(client, 's'), ['', 'red', 3]);
    await client.update('gateway', 'g', { on: true, line_id: null });
    assert.deepEqual(
      [await router(client), await router(client, 's')],
      [
        ['', 'red', 3],
        ['', 'red', 3],
      ],
    );
  });

  test('taken back when the row is gone, if it is still ours', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'g', { line_id: 'r-line', color: 'red' });
    await client.remove('gateway', 'g');
    assert.deepEqual(await router(client), ['g', 'red', 2]);
    await finishDeletion(client, 'gateway', 'g');
    assert.deepEqual(await router(client), ['', 'red', 3]);
    await client.create('gateway', 'g', { line_id: 'r-line', color: 'red' });
    await client.create('gateway', 'h', { line_id: 'r-line', color: 'red' });
    await erase(client, 'gateway', 'g');
    assert.deepEqual(await router(client), ['h', 'red', 5]);
    await erase(client, 'gateway', 'h');
    assert.deepEqual(await router(client), ['', 'red', 6]);
  });

  test('what is on its way out gets no versions any more', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gate', 'x', { router_id: 'r' });
    await client.remove('gate', 'x');
    await client.create('gateway', 'g', { line_id: 'r-line', on: false });
    await client.update('line', 'r-line', { router_id: null });
    await client.remove('router', 'r');
    assert.equal((await client.row('router', 'r')).configVersion, 3);
    await erase(client, 'gateway', 'g');
    assert.equal((await client.row('router', 'r')).configVersion, 3);
  });

  test('what a child changes of its parent is in the answer', async ({ open }) => {
    const client = await open(model);
    const { body, configVersion } = await client.create('top', 't', {});
    assert.deepEqual([body, configVersion], [{ id: 't', child_note: 'seen' }, 2]);
    assert.deepEqual(
      (await client.eventLines()).filter((line) => line.includes('top')),
      ['put top:t v1', 'put top:t v0'],
    );
  });

  test('many at once that change one resource: a version each', async ({ open }) => {
    const client = await withRouters(await open(model));
    await Promise.all(Array.from({ length: 16 }, (_, i) => client.create('gate', `x${i}`, { router_id: 'r' })));
    assert.equal((await client.row('router', 'r')).configVersion, 17);
    const versions = (await client.eventLines()).filter((line) => line.startsWith('put router:r '));
    assert.deepEqual(
      versions,
      Array.from({ length: 17 }, (_, i) => `put router:r v${i + 1}`),
    );
  });
}
