import assert from 'node:assert/strict';
import { limits } from '../../src/kernel/limits.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, type Client, modelOf, refersTo, schema, status, string, versioned, withCode } from './helpers.ts';

const cascade = { on_delete_cascade: true };
const oneStep = { metadata: { state_versioning: true, two_step_deletion: false } };

const model = modelOf(
  schema('plain', { name: string }),
  schema('plain_user', { plain_id: refersTo('plain') }),
  schema('plain_part', { plain_id: refersTo('plain', cascade), other_id: refersTo('plain') }),
  schema('slow_part', { plain_id: refersTo('plain', cascade) }, versioned),
  schema('router', { name: { ...string, unique: true }, status }, versioned),
  schema('router_user', { router_id: refersTo('router') }, versioned),
  schema('port', { router_id: refersTo('router', cascade), status }, versioned),
  schema('quick', { router_id: refersTo('router', cascade) }, oneStep),
  schema('node', { node_id: refersTo('node'), whole_id: refersTo('node', cascade) }),
  schema('left', { right_id: refersTo('right', cascade) }),
  schema('right', { left_id: refersTo('left', cascade) }),
);

/** The worker is done with a marked resource. */
const finish = (client: Client, type: string, id: string, version = 2) =>
  client.succeed(type, id, version, 'DELETE_COMPLETED');

/** Deletion: one step, two steps, what is used, what goes along. */
export function deletionContract(test: ContractTest): void {
  test('a plain row goes at once', async ({ open }) => {
    const client = await open(model);
    await client.create('plain', 'p', {});
    assert.equal(await client.remove('plain', 'p'), 'removed');
    assert.equal(await client.get('plain', 'p'), null);
    assert.deepEqual(await client.eventLines(), ['put plain:p v1', 'delete plain:p']);
    await client.create('plain', 'p', { name: 'again' });
    assert.equal((await client.row('plain', 'p')).configVersion, 1);
  });

  test('S5: a marked row stays readable as PENDING_DELETE until its work is undone', async ({ open }) => {
    const client = await open(model);
    await client.create('router', 'r', { name: 'n' });
    assert.equal(await client.remove('router', 'r'), 'marked');
    const row = await client.row('router', 'r');
    assert.deepEqual([row.configVersion, row.markedForDeletion, row.body.status], [2, true, 'PENDING_DELETE']);
    assert.equal(bodyOf((await client.events()).at(-1)).status, 'PENDING_DELETE');
    assert.equal(await client.remove('router', 'r'), 'marked', 'again');
    assert.equal((await client.row('router', 'r')).rowRevision, row.rowRevision);
    assert.equal(await finish(client, 'router', 'r'), 'removed');
    assert.equal(await client.get('router', 'r'), null);
    assert.equal(await finish(client, 'router', 'r'), 'unknown');
    assert.deepEqual(await client.eventLines(), ['put router:r v1', 'put router:r v2 marked', 'delete router:r']);
  });

  test('S5: no new reference to a marked row, no update of one, an old reference may stay', async ({ open }) => {
    const client = await open(model);
    for (const id of ['r', 's']) await client.create('router', id, {});
    await client.create('port', 'p', { router_id: 'r' });
    await client.create('port', 'q', { router_id: 's' });
    await client.remove('router', 'r');
    const marked = withCode('RELATED_MARKED', { type: 'port', field: 'router_id', related: 'router' });
    await assert.rejects(client.create('port', 'o', { router_id: 'r' }), marked);
    await assert.rejects(client.update('port', 'q', { router_id: 'r' }), marked);
    await assert.rejects(client.update('router', 'r', {}), withCode('RESOURCE_MARKED', { id: 'r' }));
    await assert.rejects(client.update('port', 'p', {}), withCode('RESOURCE_MARKED', { id: 'p' }));
  });

  test('S5: a unique value of a marked row is free when it is gone', async ({ open }) => {
    const client = await open(model);
    await client.create('router', 'r', { name: 'n' });
    await client.remove('router', 'r');
    await assert.rejects(client.create('router', 's', { name: 'n' }), withCode('DUPLICATE_VALUE', { field: 'name' }));
    await finish(client, 'router', 'r');
    await client.create('router', 's', { name: 'n' });
  });

  test('S5: what a row refers to is in use, also by a marked one', async ({ open }) => {
    const client = await open(model);
    await client.create('plain', 'p', {});
    await client.create('plain_user', 'u', { plain_id: 'p' });
    const inUse = { type: 'plain', id: 'p', user: 'plain_user', userId: 'u', field: 'plain_id' };
    await assert.rejects(client.remove('plain', 'p'), withCode('RESOURCE_IN_USE', inUse));
    await client.create('router', 'r', {});
    await client.create('router_user', 'u', { router_id: 'r' });
    await client.remove('router_user', 'u');
    await assert.rejects(client.remove('router', 'r'), withCode('RESOURCE_IN_USE', { userId: 'u' }));
    assert.equal((await client.row('router', 'r')).markedForDeletion, false);
    await finish(client, 'router_user', 'u');
    assert.equal(await client.remove('router', 'r'), 'marked');
  });

  test('S2: a deletion that failed starts again with the next DELETE', async ({ open }) => {
    const client = await open(model);
    await client.create('router', 'r', {});
    await client.remove('router', 'r');
    await client.fail('router', 'r', 2);
    const failed = await client.row('router', 'r');
    assert.deepEqual([failed.body.status, failed.stateError, failed.markedForDeletion], ['ERROR', 'it broke', true]);
    assert.equal(await client.remove('router', 'r'), 'marked');
    const again = await client.row('router', 'r');
    assert.deepEqual([again.configVersion, again.body.status], [3, 'PENDING_DELETE']);
    assert.deepEqual((await client.eventLines()).at(-1), 'put router:r v3 marked');
    assert.equal(await finish(client, 'router', 'r', 3), 'removed');
  });

  test('rows go along where their schema says so, children first', async ({ open }) => {
    const client = await open(model);
    await client.create('plain', 'p', {});
    for (const id of ['a', 'b']) await client.create('plain_part', id, { plain_id: 'p' });
    assert.equal(await client.remove('plain', 'p'), 'removed');
    assert.deepEqual((await client.eventLines()).slice(3), [
      'delete plain_part:a',
      'delete plain_part:b',
      'delete plain:p',
    ]);
  });

  test('who refers twice, once without going along, is in the way', async ({ open }) => {
    const client = await open(model);
    await client.create('plain', 'p', {});
    await client.create('plain_part', 'a', { plain_id: 'p', other_id: 'p' });
    await client.create('plain_part', 'b', { other_id: 'p' });
    await assert.rejects(client.remove('plain', 'p'), withCode('RESOURCE_IN_USE', { userId: 'b', field: 'other_id' }));
    assert.equal((await client.list('plain_part')).total, 2, 'nothing changed');
    await client.remove('plain_part', 'b');
    assert.equal(await client.remove('plain', 'p'), 'removed');
  });

  test('a row that would go at once is held by a part that takes its time', async ({ open }) => {
    const client = await open(model);
    await client.create('plain', 'p', {});
    await client.create('slow_part', 's', { plain_id: 'p' });
    await assert.rejects(client.remove('plain', 'p'), withCode('RESOURCE_IN_USE', { user: 'slow_part' }));
    assert.equal((await client.row('slow_part', 's')).markedForDeletion, false, 'nothing changed');
  });

  test('a marked row whose work is undone first goes with the last that refers to it', async ({ open }) => {
    const client = await open(model);
    await client.create('router', 'r', {});
    for (const id of ['p', 'q']) await client.create('port', id, { router_id: 'r' });
    await client.create('quick', 'k', { router_id: 'r' });
    assert.equal(await client.remove('router', 'r'), 'marked');
    assert.equal(await client.get('quick', 'k'), null);
    assert.equal((await client.row('port', 'p')).markedForDeletion, true);
    assert.equal(await finish(client, 'router', 'r'), 'applied', 'its ports refer to it still');
    assert.equal((await client.row('router', 'r')).body.status, 'PENDING_DELETE');
    assert.equal(await finish(client, 'port', 'p'), 'removed');
    assert.ok(await client.get('router', 'r'));
    assert.equal(await finish(client, 'port', 'q'), 'removed');
    assert.equal(await client.get('router', 'r'), null);
    assert.deepEqual((await client.eventLines()).slice(-3), ['delete port:p', 'delete port:q', 'delete router:r']);
  });

  test('a row may refer to itself', async ({ open }) => {
    const client = await open(model);
    for (const id of ['n', 'm']) await client.create('node', id, {});
    await client.update('node', 'n', { node_id: 'n', whole_id: 'n' });
    assert.equal(await client.remove('node', 'n'), 'removed');
    await client.create('node', 'n', { node_id: 'm' });
    await assert.rejects(client.remove('node', 'm'), withCode('RESOURCE_IN_USE', { userId: 'n' }));
  });

  test('rows around a cycle go along together', async ({ open }) => {
    const client = await open(model);
    for (const first of ['left', 'right']) {
      await client.create('left', 'l', {});
      await client.create('right', 'r', { left_id: 'l' });
      await client.update('left', 'l', { right_id: 'r' });
      assert.equal(await client.remove(first, first === 'left' ? 'l' : 'r'), 'removed');
      assert.equal(await client.get('left', 'l'), null);
      assert.equal(await client.get('right', 'r'), null);
    }
    for (const id of ['a', 'b', 'c']) await client.create('node', id, {});
    for (const [id, whole_id] of [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'a'],
    ] as const) {
      await client.update('node', id, { whole_id });
    }
    assert.equal(await client.remove('node', 'b'), 'removed');
    assert.equal((await client.list('node')).total, 0);
  });

  test('more rows than one deletion may take along refuse it', async ({ open }) => {
    const client = await open(model);
    await client.create('node', 'root', {});
    const ids = Array.from({ length: limits.cascadeResources }, (_, i) => `n${i}`);
    await Promise.all(ids.map((id) => client.create('node', id, { whole_id: 'root' })));
    await assert.rejects(client.remove('node', 'root'), withCode('RESOURCE_IN_USE', { user: 'node' }));
    await client.remove('node', 'n0');
    assert.equal(await client.remove('node', 'root'), 'removed');
    assert.equal((await client.list('node')).total, 0);
  });

  test('a chain that goes along to its end', async ({ open }) => {
    const client = await open(model);
    await client.create('node', 'n0', {});
    for (let i = 1; i < 300; i++) await client.create('node', `n${i}`, { whole_id: `n${i - 1}` });
    assert.equal(await client.remove('node', 'n0'), 'removed');
    assert.equal((await client.list('node')).total, 0);
  });
}
