import assert from 'node:assert/strict';
import { acting, actingInSteps, erase, finishDeletion, integer, shown, shownNumber } from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, lineOf, modelOf, refersTo, schema, string, withCode } from './helpers.ts';

const model = modelOf(
  acting(
    'router',
    { maximum: integer, free_gateways: shownNumber, gateways: shownNumber, bandwidth: shownNumber },
    {
      counters: {
        free_gateways: { capacity: 'Pmaximum' },
        gateways: {},
        bandwidth: { capacity: { constant: 100 }, new_version: true },
      },
    },
  ),
  schema('line', { router_id: refersTo('router') }),
  schema('option', { mbit: string }),
  actingInSteps(
    'gateway',
    { line_id: refersTo('line'), other: string, option_id: refersTo('option'), on: { type: 'boolean' } },
    {
      takes: {
        component: { type: 'router', from: { field: 'router_id', path: ['line_id'] }, counter: 'free_gateways' },
        count: {
          type: 'router',
          from: { list: [{ field: 'router_id', path: ['line_id'] }, 'Pother'] },
          counter: 'gateways',
        },
        speed: {
          type: 'router',
          from: { field: 'router_id', path: ['line_id'] },
          counter: 'bandwidth',
          amount: { integer: { field: 'mbit', path: ['option_id'] } },
          when: { not: { equal: [{ field: 'on' }, { constant: false }] } },
        },
      },
    },
  ),
  acting('shelf', { left: shownNumber }, { counters: { left: { capacity: { constant: 10 } } } }),
  acting(
    'box',
    { shelf_id: string, a: integer, b: integer },
    {
      takes: {
        a: { type: 'shelf', from: 'Pshelf_id', counter: 'left', amount: 'Pa' },
        b: { type: 'shelf', from: 'Pshelf_id', counter: 'left', amount: 'Pb' },
      },
    },
  ),
);

async function withRouters(client: Client, maximum = 2): Promise<Client> {
  for (const id of ['r', 's']) {
    await client.create('router', id, { maximum });
    await client.create('line', `${id}-line`, { router_id: id });
  }
  await client.create('option', 'ten', { mbit: '10' });
  await client.create('option', 'much', { mbit: '95' });
  return client;
}

const counts = (client: Client, id = 'r') => shown(client, 'router', id, 'free_gateways', 'gateways', 'bandwidth');

/** Counters. */
export function counterBehaviour(test: ContractTest): void {
  test('nobody gives themselves more by taking less than nothing, or what is no integer', async ({ open }) => {
    const client = await open(model);
    await client.create('shelf', 's', {});
    await client.create('option', 'less', { mbit: '-1' });
    await client.create('router', 'r', { maximum: 2 });
    await client.create('line', 'l', { router_id: 'r' });
    const wrong = withCode('MAPPING_INVALID');
    await assert.rejects(client.create('box', 'x', { shelf_id: 's', a: -1, b: 3 }), wrong);
    await assert.rejects(client.create('gateway', 'g', { line_id: 'l', option_id: 'less' }), wrong);
    await client.create('box', 'x', { shelf_id: 's', a: 1 });
    await assert.rejects(client.update('box', 'x', { a: -5 }), wrong);
    assert.deepEqual(await shown(client, 'shelf', 's', 'left'), [9]);
    assert.deepEqual(await counts(client), [2, 0, 100]);
  });

  test('a counter shows what is left, one without capacity what is taken', async ({ open }) => {
    const client = await withRouters(await open(model));
    assert.deepEqual(await counts(client), [2, 0, 100]);
    await client.create('gateway', 'a', { line_id: 'r-line', option_id: 'ten', other: 's' });
    assert.deepEqual(
      [await counts(client), await counts(client, 's')],
      [
        [1, 1, 90],
        [2, 1, 100],
      ],
    );
    const events = (await client.events()).map(lineOf).filter((line) => line.startsWith('put router:r'));
    assert.deepEqual(
      events,
      ['put router:r v1', 'put router:r v0'],
      'an event only for what says so, without versions',
    );
  });

  test('where nothing is left the request is refused, and takes nothing', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'a', { line_id: 'r-line', option_id: 'much' });
    const bandwidth = { type: 'router', id: 'r', counter: 'bandwidth' };
    await assert.rejects(
      client.create('gateway', 'b', { line_id: 'r-line', option_id: 'ten' }),
      withCode('COUNTER_EXHAUSTED', bandwidth),
    );
    assert.deepEqual(await counts(client), [1, 1, 5]);
    await client.create('gateway', 'b', { line_id: 'r-line' });
    await assert.rejects(
      client.create('gateway', 'c', { line_id: 'r-line' }),
      withCode('COUNTER_EXHAUSTED', { ...bandwidth, counter: 'free_gateways' }),
    );
    assert.deepEqual(await counts(client), [0, 2, 5]);
  });

  test('what is taken is given back when the row is gone', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'a', { line_id: 'r-line', option_id: 'ten', other: 's' });
    await client.remove('gateway', 'a');
    assert.deepEqual(await counts(client), [1, 1, 90]);
    await finishDeletion(client, 'gateway', 'a');
    assert.deepEqual(
      [await counts(client), await counts(client, 's')],
      [
        [2, 0, 100],
        [2, 0, 100],
      ],
    );
  });

  test('what is taken follows the taker: whose it is, how much, and whether', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'a', { line_id: 'r-line', option_id: 'ten' });
    await client.update('gateway', 'a', { option_id: 'much' });
    assert.deepEqual(await counts(client), [1, 1, 5]);
    await client.update('gateway', 'a', { on: false });
    assert.deepEqual(await counts(client), [1, 1, 100]);
    await client.update('gateway', 'a', { on: true, line_id: 's-line' });
    assert.deepEqual(
      [await counts(client), await counts(client, 's')],
      [
        [2, 0, 100],
        [1, 1, 5],
      ],
    );
    await client.update('gateway', 'a', { line_id: null });
    assert.deepEqual(await counts(client, 's'), [2, 0, 100]);
  });

  test('just what was taken comes back, whatever it would be now', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'a', { line_id: 'r-line', option_id: 'ten' });
    await client.update('option', 'ten', { mbit: '70' });
    await client.update('line', 'r-line', { router_id: 's' });
    await erase(client, 'gateway', 'a');
    assert.deepEqual(
      [await counts(client), await counts(client, 's')],
      [
        [2, 0, 100],
        [2, 0, 100],
      ],
    );
  });

  test('a counter follows its capacity, which can not be less than what is taken', async ({ open }) => {
    const client = await withRouters(await open(model));
    await client.create('gateway', 'a', { line_id: 'r-line' });
    await client.create('gateway', 'b', { line_id: 'r-line' });
    assert.equal((await client.update('router', 'r', { maximum: 5 })).body.free_gateways, 3);
    await assert.rejects(client.update('router', 'r', { maximum: 1 }), withCode('COUNTER_EXHAUSTED', { id: 'r' }));
    assert.equal((await client.update('router', 'r', { maximum: 2 })).body.free_gateways, 0);
    await erase(client, 'gateway', 'a');
    assert.deepEqual((await counts(client)).slice(0, 2), [1, 1]);
  });

  test('two takes of one counter: what one gives back the other can have', async ({ open }) => {
    const client = await open(model);
    await client.create('shelf', 's');
    await client.create('box', 'x', { shelf_id: 's', a: 9, b: 1 });
    await client.update('box', 'x', { a: 1, b: 9 });
    assert.deepEqual(await shown(client, 'shelf', 's', 'left'), [0]);
    await client.update('box', 'x', { a: 9, b: 1 });
    await client.update('box', 'x', { a: 0 });
    assert.deepEqual(await shown(client, 'shelf', 's', 'left'), [9]);
    await client.remove('box', 'x');
    assert.deepEqual(await shown(client, 'shelf', 's', 'left'), [10]);
  });

  test('what is not there counts nothing, and gets nothing back', async ({ open }) => {
    const client = await open(model);
    await client.create('box', 'x', { shelf_id: 's', a: 4 });
    await client.create('shelf', 's');
    await client.remove('box', 'x');
    assert.deepEqual(await shown(client, 'shelf', 's', 'left'), [10]);
    await client.create('box', 'y', { shelf_id: 's', a: 4 });
    await assert.rejects(client.remove('shelf', 's'), withCode('RESOURCE_IN_USE', { userId: 'y', field: 'left' }));
    await client.remove('box', 'y');
    assert.equal(await client.remove('shelf', 's'), 'removed');
  });

  test('of what is on its way out nothing more is taken', async ({ open }) => {
    const stepping = modelOf(
      actingInSteps('shelf', { left: shownNumber }, { counters: { left: { capacity: { constant: 10 } } } }),
      acting('box', { shelf: string }, { takes: { a: { type: 'shelf', from: 'Pshelf', counter: 'left' } } }),
    );
    const client = await open(stepping);
    await client.create('shelf', 's');
    await client.remove('shelf', 's');
    await assert.rejects(client.create('box', 'x', { shelf: 's' }), withCode('RELATED_MARKED', { related: 'shelf' }));
  });

  test('many at once take no more than there is', async ({ open }) => {
    const client = await withRouters(await open(model), 10);
    const all = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) => client.create('gateway', `g${i}`, { line_id: 'r-line', other: 's' })),
    );
    const refused = all.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
    assert.equal(refused.length, 6);
    for (const reason of refused) withCode('COUNTER_EXHAUSTED')(reason);
    assert.deepEqual(
      [await counts(client), await counts(client, 's')],
      [
        [0, 10, 100],
        [10, 10, 100],
      ],
    );
  });
}
