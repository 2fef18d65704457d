import assert from 'node:assert/strict';
import { acting, actingInSteps, idsOf, order, shown } from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, modelOf, refersTo, schema, string } from './helpers.ts';

const computed = modelOf(
  schema('line', { name: string, prefix: string }),
  schema('gateway', {
    line_id: refersTo('line'),
    // Before what it reads: the order of the properties is not that of the computation.
    label: { ...string, initial: { concatenate: ['[', { field: 'name' }, ']'] } },
    name: { ...string, initial: { concatenate: [{ field: 'prefix', path: ['line_id'] }, '-', { field: 'number' }] } },
    number: { ...string, initial: 'C7' },
    title: { ...string, default: 'untitled', initial: { field: 'name', path: ['line_id'] } },
    tags: { type: 'array', default: [], initial: { list: ['Pnumber'] } },
    options: { type: 'object', default: { a: 1 }, initial: { object: { number: 'Pnumber' } } },
    far: { ...string, initial: { field: 'name', path: ['line_id'] } },
    key: { ...string, permission: [], secret: true, initial: { generate: 'password', length: 16 } },
  }),
);

const sparing = modelOf(
  schema('part', { note: { type: ['string', 'null'], sparse: true }, text: { type: ['string', 'null'] } }),
);

const ensuring = modelOf(
  schema('tenant', { name: string, level: { ...string, default: 'usual' } }),
  actingInSteps(
    'thing',
    { tenant_id: refersTo('tenant'), name: string },
    { ensures: { tenant: { type: 'tenant', id: 'Ptenant_id', properties: { name: 'Pname' } } } },
  ),
  acting('plain', { tenant_id: string }, { ensures: { tenant: { type: 'tenant', id: 'Ptenant_id' } } }),
);

/** Initial values, resources that are ensured, properties that are left out. */
export function valueBehaviour(test: ContractTest): void {
  test('initial values read related rows, and each other in the order of what they read', async ({ open }) => {
    const client = await open(computed);
    await client.create('line', 'l', { name: 'north', prefix: 'gw' });
    const { body } = await order(client, computed, 'gateway', 'g', { line_id: 'l' });
    assert.deepEqual([body.number, body.name, body.label], ['7', 'gw-7', '[gw-7]']);
    assert.equal(body.title, 'north', 'a default is nothing that the client says');
    assert.deepEqual([body.tags, body.options], [['7'], { number: '7' }]);
    assert.match(String(body.key), /^[A-Za-z0-9]{16}$/);
    assert.deepEqual({ ...(await client.row('gateway', 'g')).body }, { ...body });
    const [, event] = await client.events();
    assert.deepEqual(bodyOf(event), { ...body }, 'and the first version has them');
  });

  test('what the client says stays, and is what the others read', async ({ open }) => {
    const client = await open(computed);
    await client.create('line', 'l', { name: 'north', prefix: 'gw' });
    const { body } = await order(client, computed, 'gateway', 'g', { line_id: 'l', name: 'mine', title: 't' });
    assert.deepEqual([body.name, body.label, body.title], ['mine', '[mine]', 't']);
    await client.update('gateway', 'g', { name: 'new' });
    assert.deepEqual(await shown(client, 'gateway', 'g', 'name', 'label'), ['new', '[mine]'], 'computed once');
  });

  test('a path that leads nowhere leaves a property without a value', async ({ open }) => {
    const client = await open(computed);
    const { body } = await order(client, computed, 'gateway', 'g');
    assert.equal(Object.hasOwn(body, 'far'), false);
    assert.equal(body.title, 'untitled', 'or with its default');
    assert.equal((await client.row('gateway', 'g')).body.far, null);
  });

  test('sparse: left out where there is no value, in answers and in every version', async ({ open }) => {
    const client = await open(sparing);
    assert.deepEqual((await client.create('part', 'p', { note: null, text: null })).body, { id: 'p', text: null });
    assert.deepEqual((await client.row('part', 'p')).body, { id: 'p', text: null });
    assert.deepEqual((await client.update('part', 'p', { note: 'n' })).body, { id: 'p', text: null, note: 'n' });
    assert.deepEqual((await client.update('part', 'p', { note: null })).body, { id: 'p', text: null });
    assert.deepEqual((await client.events()).map(bodyOf), [
      { id: 'p', text: null },
      { id: 'p', text: null, note: 'n' },
      { id: 'p', text: null },
    ]);
  });

  test('what has to be there is made first, with its defaults, and once', async ({ open }) => {
    const client = await open(ensuring);
    await client.create('thing', 'a', { tenant_id: 't', name: 'first' });
    await client.create('thing', 'b', { tenant_id: 't', name: 'second' });
    assert.deepEqual(await client.eventLines(), ['put tenant:t v1', 'put thing:a v1', 'put thing:b v1']);
    assert.deepEqual(await shown(client, 'tenant', 't', 'name', 'level'), ['first', 'usual']);
    await client.create('thing', 'c', {});
    await client.create('plain', 'd', { tenant_id: '' });
    assert.deepEqual(await idsOf(client, 'tenant'), ['t'], 'no id, no resource');
  });

  test('many at once that need the same make it once', async ({ open }) => {
    const client = await open(ensuring);
    for (let round = 0; round < 5; round++) {
      const creates = Array.from({ length: 12 }, (_, i) =>
        client.create(i % 2 === 0 ? 'thing' : 'plain', `${round}-${i}`, { tenant_id: `t${round}` }),
      );
      await Promise.all(creates);
    }
    assert.deepEqual(await idsOf(client, 'tenant'), ['t0', 't1', 't2', 't3', 't4']);
    const made = (await client.eventLines()).filter((line) => line.startsWith('put tenant'));
    assert.equal(made.length, 5);
  });

  test('a request that fails leaves nothing of what it made first', async ({ open }) => {
    const client = await open(ensuring);
    await client.create('thing', 'a', {});
    await assert.rejects(client.create('thing', 'a', { tenant_id: 't' }));
    assert.deepEqual(await idsOf(client, 'tenant'), []);
  });
}
