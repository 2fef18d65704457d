import assert from 'node:assert/strict';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, modelOf, refersTo, schema, string, versioned, withCode } from './helpers.ts';

const model = modelOf(
  schema('site', {
    name: { ...string, unique: true },
    note: string,
    settings: { type: 'object' },
    tags: { type: 'array' },
  }),
  schema(
    'rack',
    {
      site_id: refersTo('site'),
      spare_site_id: refersTo('site'),
      number: { type: 'integer' },
      row: string,
      serial: { ...string, unique: true },
    },
    versioned,
    { indexes: { place: { columns: ['row', 'number'], type: 'unique' } } },
  ),
);

/** Create, get, update, and everything that refuses. */
export function resourceContract(test: ContractTest): void {
  test('create gives and mirrors only what was set, from version 2 on there is every column', async ({ open }) => {
    const client = await open(model);
    const created = await client.create('site', 'a', { name: 'North', note: '' });
    assert.deepEqual(created.body, { id: 'a', name: 'North', note: '' });
    assert.deepEqual(bodyOf((await client.events()).at(-1)), { id: 'a', name: 'North', note: '' });
    const everything = { id: 'a', name: 'North', note: '', settings: null, tags: null };
    assert.deepEqual((await client.row('site', 'a')).body, everything);
    const updated = await client.update('site', 'a', { note: 'x' });
    assert.deepEqual(updated.body, { ...everything, note: 'x' });
    assert.deepEqual(bodyOf((await client.events()).at(-1)), { ...everything, note: 'x' });
  });

  test('versions and revisions count, and a row says nothing else', async ({ open }) => {
    const client = await open(model);
    const created = await client.create('rack', 'r', {});
    assert.deepEqual([created.configVersion, created.rowRevision, created.stateVersion], [1, 1, 0]);
    const fresh = await client.row('rack', 'r');
    assert.deepEqual({ ...fresh, body: created.body }, created);
    const updated = await client.update('rack', 'r', { number: 2 });
    assert.deepEqual([updated.configVersion, updated.rowRevision], [2, 2]);
    assert.deepEqual(await client.row('rack', 'r'), updated);
  });

  test('what is not there', async ({ open }) => {
    const client = await open(model);
    assert.equal(await client.get('site', 'none'), null);
    await assert.rejects(client.update('site', 'none', { note: 'x' }), withCode('RESOURCE_NOT_FOUND', { id: 'none' }));
    await assert.rejects(client.remove('site', 'none'), withCode('RESOURCE_NOT_FOUND'));
    await assert.rejects(client.get('nothing', 'a'), withCode('TYPE_UNKNOWN'));
    await assert.rejects(client.create('nothing', 'a'), withCode('TYPE_UNKNOWN'));
    await assert.rejects(client.list('nothing'), withCode('TYPE_UNKNOWN'));
    assert.deepEqual(await client.events(), []);
  });

  test('a reference needs its target, on create and on update', async ({ open }) => {
    const client = await open(model);
    await client.create('site', 'a', {});
    const missing = withCode('RELATED_NOT_FOUND', { type: 'rack', field: 'spare_site_id', related: 'site' });
    await assert.rejects(client.create('rack', 'r', { site_id: 'a', spare_site_id: 'b' }), missing);
    assert.equal(await client.get('rack', 'r'), null);
    await client.create('rack', 'r', { site_id: 'a', spare_site_id: '' });
    await assert.rejects(client.update('rack', 'r', { spare_site_id: 'b' }), missing);
    assert.equal((await client.row('rack', 'r')).configVersion, 1);
    await client.create('site', 'b', {});
    assert.equal((await client.update('rack', 'r', { spare_site_id: 'b' })).body.spare_site_id, 'b');
    await client.update('rack', 'r', { site_id: null, spare_site_id: '' });
    assert.equal((await client.row('rack', 'r')).body.spare_site_id, null, 'an empty reference is none');
    assert.equal(await client.remove('site', 'b'), 'removed');
  });

  test('a value that is unique names its field, an unset one does not count', async ({ open }) => {
    const client = await open(model);
    await client.create('site', 'a', { name: 'North' });
    await client.create('site', 'b', {});
    await client.create('site', 'c', { name: null });
    await client.create('rack', 'r', { row: 'A', number: 1, serial: 's' });
    await client.create('rack', 'q', { row: 'A', number: 2, serial: 't' });
    const twice = (type: string, field: string) => withCode('DUPLICATE_VALUE', { type, field });
    await assert.rejects(client.create('site', 'd', { name: 'North' }), twice('site', 'name'));
    await assert.rejects(client.create('site', 'a', { name: 'South' }), twice('site', 'id'));
    await assert.rejects(client.update('site', 'b', { name: 'North' }), twice('site', 'name'));
    await assert.rejects(client.create('rack', 'p', { row: 'A', number: 1 }), twice('rack', 'row, number'));
    await assert.rejects(client.update('rack', 'q', { number: 1 }), twice('rack', 'row, number'));
    await assert.rejects(client.update('rack', 'q', { serial: 's' }), twice('rack', 'serial'));
    await client.create('rack', 'o', { row: 'A' });
    await client.create('rack', 'n', { row: 'A' });
    assert.equal((await client.update('rack', 'r', { row: 'A', serial: 's' })).configVersion, 2, 'its own value');
    await client.remove('site', 'a');
    await client.create('site', 'e', { name: 'North' });
  });

  test('the version that a client saw', async ({ open }) => {
    const client = await open(model);
    await client.create('site', 'a', { note: '1' });
    await client.update('site', 'a', { note: '2' }, 1);
    const conflict = withCode('VERSION_CONFLICT', { current: 2, expected: 1 });
    await assert.rejects(client.update('site', 'a', { note: '3' }, 1), conflict);
    await assert.rejects(client.remove('site', 'a', 1), conflict);
    assert.equal((await client.row('site', 'a')).body.note, '2');
    assert.equal(await client.remove('site', 'a', 2), 'removed');
  });

  test('a change is merged: objects deeply, lists and scalars replaced, null sets null', async ({ open }) => {
    const client = await open(model);
    await client.create('site', 'a', { settings: { a: { b: 1, c: [1, 2] }, d: 'x' }, tags: ['p', 'q'], note: 'n' });
    const patch = { settings: { a: { c: [3], e: {} }, d: null, toString: 1 }, tags: ['r'] };
    const { body } = await client.update('site', 'a', patch);
    const settings = { a: { b: 1, c: [3], e: {} }, d: null, toString: 1 };
    assert.deepEqual(body, { id: 'a', name: null, note: 'n', settings, tags: ['r'] });
    assert.deepEqual((await client.row('site', 'a')).body, body);
    await client.update('site', 'a', { settings: null, note: null });
    assert.deepEqual((await client.row('site', 'a')).body.settings, null);
    await client.update('site', 'a', { settings: { z: 1 } });
    assert.deepEqual((await client.row('site', 'a')).body.settings, { z: 1 });
  });

  test('a resource that changes make too large for the store is refused, and stays as it was', async ({ open }) => {
    const client = await open(model);
    await client.create('site', 'a', { settings: { first: 'x'.repeat(200_000) } });
    const change = client.update('site', 'a', { settings: { second: 'x'.repeat(150_000) } });
    await assert.rejects(change, withCode('RESOURCE_TOO_LARGE'));
    assert.equal((await client.events()).length, 1);
    assert.deepEqual(Object.keys((await client.row('site', 'a')).body.settings ?? {}), ['first']);
    await assert.rejects(client.create('site', 'b', { note: '"'.repeat(200_000) }), withCode('RESOURCE_TOO_LARGE'));
  });

  test('keys of Object.prototype in a body are keys like others', async ({ open }) => {
    const client = await open(model);
    const settings = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2, "hasOwnProperty": {"b": 1}}');
    await client.create('site', 'a', { settings });
    await client.update('site', 'a', { settings: JSON.parse('{"__proto__": {"c": 2}}') });
    const { body } = await client.row('site', 'a');
    assert.equal(JSON.stringify(body.settings), '{"__proto__":{"a":1,"c":2},"constructor":2,"hasOwnProperty":{"b":1}}');
    assert.equal(Reflect.get({}, 'a'), undefined);
  });

  test('a change of nothing is a new version all the same', async ({ open }) => {
    const client = await open(model);
    await client.create('rack', 'r', { number: 1 });
    assert.equal((await client.update('rack', 'r', {})).configVersion, 2);
    assert.equal((await client.update('rack', 'r', { number: 1 })).configVersion, 3);
    assert.deepEqual(await client.eventLines(), ['put rack:r v1', 'put rack:r v2', 'put rack:r v3']);
  });

  test('a text too long for an index is refused, one beside an index is not', async ({ open }) => {
    const client = await open(model);
    const long = Array.from({ length: 9_000 }, (_, i) => String.fromCharCode(0x4e00 + ((i * 7919) % 9_000))).join('');
    await assert.rejects(client.create('site', 'a', { name: long }), withCode('VALIDATION_FAILED'));
    await client.create('site', 'a', { note: long });
    await assert.rejects(client.update('site', 'a', { name: long }), withCode('VALIDATION_FAILED'));
    const half = long.slice(0, 430);
    await client.create('rack', 'r', { row: half, serial: half });
    await client.create('site', 'b', { name: long.slice(0, 860) });
    assert.equal((await client.row('site', 'a')).body.note, long);
  });

  test('small facts of the installation', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const client = await open(model, place);
    const { database } = client;
    assert.equal(await database.getMeta('greeting'), null);
    await database.setMeta('greeting', 'hello');
    await database.setMeta('greeting', 'it\'s "good" 竈?');
    assert.equal(await database.getMeta('greeting'), 'it\'s "good" 竈?');
    assert.match(database.clusterId, /^[0-9a-f-]{36}$/);
    await database.close();
    await database.close();
    await assert.rejects(client.get('site', 'a'), withCode('SHUTTING_DOWN'));
    await assert.rejects(client.create('site', 'a'), withCode('SHUTTING_DOWN'));
    const again = await open(model, place);
    assert.equal(again.database.clusterId, database.clusterId);
    assert.equal(await again.database.getMeta('greeting'), 'it\'s "good" 竈?');
  });
}
