import assert from 'node:assert/strict';
import { test } from 'node:test';
import { publishModel } from '../../src/app/published-model.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import { withPrefix } from '../../src/store/store.ts';
import { openStore } from '../support/work.ts';

const text = { type: 'string' };

function modelOf(...types: readonly JsonObject[]) {
  return compileModel(types);
}

function type(id: string, properties: JsonObject, more: JsonObject = {}): JsonObject {
  return {
    ...{ id, singular: id, plural: `${id}s`, title: id, prefix: '/v2.0', ...more },
    schema: { type: 'object', properties: { id: text, ...properties } },
  };
}

test('properties that are no secret any more are marked when the schemas change, with those that are gone', async (t) => {
  const store = await openStore();
  t.after(() => store.close());
  const marks = async () =>
    (await store.get(withPrefix('/kamado/secrets/'))).entries.map(({ key }) => key.slice('/kamado/secrets/'.length));
  const secret = { ...text, secret: true };
  const base = type('base', { inherited: secret }, { type: 'abstract' });
  const box = type('box', { pin: secret, key: secret, password: text, name: text }, { extends: ['base'] });
  await publishModel(store, modelOf(base, box, type('gone', { pin: secret })));
  assert.deepEqual(await marks(), []);
  await publishModel(
    store,
    modelOf(type('box', { pin: secret, key: text, name: secret, password: { ...text, secret: false } })),
  );
  const expected = ['base/inherited', 'box/inherited', 'box/key', 'box/password', 'gone/pin'];
  assert.deepEqual(
    await marks(),
    expected.map((mark) => `properties/${mark}`),
  );
});
