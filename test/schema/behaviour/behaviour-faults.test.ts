import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { compileModel } from '../../../src/schema/compile-model.ts';

const text: JsonObject = { type: 'string' };

function schema(id: string, properties: JsonObject, behaviour: JsonObject = {}): JsonObject {
  const names = { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id };
  return { ...names, behaviour, schema: { type: 'object', properties } };
}

/** The faults of these schemas, as 'pointer reason', without the place before it. */
function faultsOf(...schemas: readonly JsonObject[]): readonly string[] {
  try {
    compileModel(schemas);
    return [];
  } catch (error) {
    assert.ok(isKamadoError(error, 'SCHEMA_INVALID'));
    return error.faults.map(({ pointer, reason }) => `${pointer} ${reason.slice(reason.indexOf(': ') + 2)}`);
  }
}

test('a secret goes into nothing that would show it', () => {
  const shown = 'would show a secret: mark it secret: true';
  const device = schema('device', { login_password: text, hint: text, note: { ...text, secret: true } });
  const port = schema('port', { name: text, device_id: { ...text, relation: 'device' } });
  const cases: readonly (readonly [source: JsonObject, faults: readonly string[]])[] = [
    [
      schema('user', {
        password: { ...text, initial: { generate: 'password' } },
        name: { ...text, initial: { generate: 'uuid' } },
        copy: {
          ...text,
          initial: { when: { present: 'Pname' }, value: { concatenate: ['p', { field: 'password' }] } },
        },
        is_open: { type: 'string', initial: { when: { present: 'Ppassword' }, value: 'Cyes' } },
        made: { ...text, initial: { generate: 'password' } },
      }),
      [`/schema/properties/copy/initial copy ${shown}`, `/schema/properties/made/initial made ${shown}`],
    ],
    [
      schema(
        'user',
        { password: text, device_id: { ...text, relation: 'device' }, label: text },
        {
          children: { d: { type: 'device', properties: { hint: 'Ppassword', note: 'Ppassword' } } },
          updates: {
            d: { path: ['device_id'], set: { login_password: 'Ppassword' }, on_delete: { hint: 'Ppassword' } },
          },
          ensures: { d: { type: 'device', id: 'Pid', properties: { hint: { list: ['Ppassword'] } } } },
        },
      ),
      [
        `/behaviour/ensures/d/properties/hint hint ${shown}`,
        `/behaviour/children/d/properties/hint hint ${shown}`,
        `/behaviour/updates/d/on_delete/hint hint ${shown}`,
      ],
    ],
    [
      schema('user', {
        device_id: { ...text, relation: 'device' },
        far: { ...text, initial: { field: 'login_password', path: ['device_id'] } },
        found: { ...text, initial: { find: 'device', where: { id: 'Pdevice_id' }, field: 'note' } },
      }),
      [`/schema/properties/far/initial far ${shown}`, `/schema/properties/found/initial found ${shown}`],
    ],
  ];
  for (const [user, faults] of cases) assert.deepEqual(faultsOf(device, port, user), faults);
});

test('what is computed from itself is a circle, too', () => {
  const [own = ''] = faultsOf(
    schema('port', { name: { ...text, initial: { concatenate: ['gw-', { field: 'name' }] } } }),
  );
  assert.match(own, /name is computed from itself/);
});

test('a bitmap has as many bits as a resource can show', () => {
  const site = (bits: number): JsonObject =>
    schema('site', { map: { type: 'string' } }, { pools: { p: { first: 0, last: 9, bitmap: 'map', bits } } });
  assert.deepEqual(faultsOf(site(4096)), []);
  assert.equal(faultsOf(site(10 ** 9)).length, 1);
});
