import assert from 'node:assert/strict';
import type { ContractTest } from './contract-test.ts';
import { modelOf, refersTo, schema, string, versioned, withCode } from './helpers.ts';

const site = schema('site', { name: string, note: string });
const refused = (pattern: RegExp) => (error: unknown) => {
  withCode('DATABASE_SCHEMA_CHANGE')(error);
  assert.match(String(error), pattern);
  return true;
};

/** A model that changed since the database was made. */
export function schemaChangeContract(test: ContractTest): void {
  test('what only adds is applied: a type, a property, a relation, an index', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const before = await open(modelOf(site), place);
    await before.create('site', 'a', { name: 'n' });
    await before.database.close();
    const larger = schema('site', {
      name: { ...string, unique: true },
      note: { ...string, indexed: true },
      size: { type: 'integer' },
      next_id: refersTo('site'),
    });
    const after = await open(modelOf(schema('rack', { site_id: refersTo('site') }, versioned), larger), place);
    assert.deepEqual((await after.row('site', 'a')).body, {
      id: 'a',
      name: 'n',
      note: null,
      size: null,
      next_id: null,
    });
    await after.update('site', 'a', { size: 3, next_id: 'a' });
    await after.create('rack', 'r', { site_id: 'a' });
    await assert.rejects(after.create('site', 'b', { name: 'n' }), withCode('DUPLICATE_VALUE', { field: 'name' }));
    await after.database.close();
    const again = await open(modelOf(schema('rack', { site_id: refersTo('site') }, versioned), larger), place);
    await assert.rejects(again.remove('site', 'a'), withCode('RESOURCE_IN_USE', { user: 'rack' }));
  });

  test('a constraint that is taken back no longer holds', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const strict = schema(
      'site',
      { name: { ...string, unique: true }, note: string },
      {},
      {
        indexes: { both: { columns: ['name', 'note'], type: 'unique' } },
      },
    );
    const before = await open(modelOf(strict), place);
    await before.create('site', 'a', { name: 'n', note: 'm' });
    await before.database.close();
    const after = await open(modelOf(site), place);
    await after.create('site', 'b', { name: 'n', note: 'm' });
  });

  test('what could lose data is refused, all of it at once, and nothing is changed', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const rack = schema('rack', { site_id: refersTo('site') });
    const used = schema('used', { name: string });
    const before = await open(modelOf(site, rack, used), place);
    await before.create('site', 'a', { name: 'n', note: 'm' });
    await before.create('used', 'u', {});
    await before.database.close();
    const changed = schema('site', { name: { type: 'integer' }, extra: string });
    const other = schema('rack', { site_id: refersTo('rack') });
    const all = [
      /site\.name: string became integer/,
      /site\.note: the schema no longer has it/,
      /rack\.site_id: string of site became string of rack/,
      /used: the schemas no longer have it/,
    ];
    for (const reason of all) await assert.rejects(open(modelOf(changed, other), place), refused(reason));
    const back = await open(modelOf(site, rack, used), place);
    assert.deepEqual((await back.row('site', 'a')).body, { id: 'a', name: 'n', note: 'm' });
  });

  test('a type without resources may leave, and come back', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const rack = schema('rack', { site_id: refersTo('site') });
    const before = await open(modelOf(site, rack), place);
    await before.create('site', 'a', {});
    await before.database.close();
    const without = await open(modelOf(site), place);
    assert.equal(await without.remove('site', 'a'), 'removed');
    await without.create('site', 'b', {});
    await without.database.close();
    const again = await open(modelOf(site, rack), place);
    await again.create('rack', 'r', { site_id: 'b' });
  });

  test('a constraint that does not hold for what is there is refused by name', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const before = await open(modelOf(site), place);
    for (const id of ['a', 'b']) await before.create('site', id, { name: 'same' });
    await before.database.close();
    const strict = modelOf(schema('site', { name: { ...string, unique: true }, note: string, more: string }));
    await assert.rejects(open(strict, place), refused(/site\.name/));
    const back = await open(modelOf(site), place);
    await back.update('site', 'b', { name: 'other' });
    await back.database.close();
    const after = await open(strict, place);
    assert.equal((await after.row('site', 'b')).body.more, null);
  });

  test('names that could be taken for each other have indexes of their own', async ({ open }) => {
    const unique = { ...string, unique: true };
    const long = 'x'.repeat(44);
    const client = await open(
      modelOf(
        schema('port', { vlan_name: unique }),
        schema('port_vlan', { name: unique }),
        schema(`t_${long}`, { [`${long}_abc`]: unique, [`${long}_xyz`]: unique }),
      ),
    );
    for (const [type, field] of [
      ['port', 'vlan_name'],
      ['port_vlan', 'name'],
      [`t_${long}`, `${long}_abc`],
      [`t_${long}`, `${long}_xyz`],
    ] as const) {
      await client.create(type, 'a', { [field]: 'n' });
      await assert.rejects(client.create(type, 'b', { [field]: 'n' }), withCode('DUPLICATE_VALUE', { field }));
      await client.remove(type, 'a');
    }
  });

  test('a database of a newer program is refused', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const client = await open(modelOf(site), place);
    await client.database.setMeta('format', '2');
    await client.database.close();
    await assert.rejects(open(modelOf(site), place), withCode('DATABASE_NEWER', { found: 2, known: 1 }));
  });
}
