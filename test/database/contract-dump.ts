import assert from 'node:assert/strict';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { Model, Property, ResourceType } from '../../src/schema/model.ts';
import { inReferenceOrder } from '../../src/schema/reference-order.ts';
import { dumpedModel, skipWithoutTraces } from '../schema/recordings.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, type Client, withCode } from './helpers.ts';

/** A value that fits a property's kind; whether it fits its formats is for the validator, not for the database. */
function valueFor(property: Property, id: string): Json {
  switch (property.kind) {
    case 'string':
      return `${property.name} of ${id}`;
    case 'integer':
      return id.length;
    case 'number':
      return 0.5;
    case 'boolean':
      return true;
    case 'object':
      return { of: id };
    case 'array':
      return [id, { a: null }];
  }
}

/** Creates a resource with every property, and first what it refers to; each relation gets a row of its own. */
async function createDeep(
  client: Client,
  model: Model,
  type: ResourceType,
  id: string,
  depth = 0,
): Promise<JsonObject> {
  const body: { [name: string]: Json } = {};
  for (const property of type.properties) {
    if (property.name === 'id') continue;
    const relation = property.relation ?? property.listRelation;
    const target = relation === null ? undefined : model.types.get(relation);
    if (relation === null) body[property.name] = valueFor(property, id);
    else if (target?.routed && target !== type && depth < 12) {
      const related = `${id}.${type.properties.indexOf(property)}`;
      await createDeep(client, model, target, related, depth + 1);
      body[property.name] = property.relation === null ? [related] : related;
    }
  }
  return (await client.create(type.id, id, body)).body;
}

/** The types that the original had in 2019. */
export function dumpContract(test: ContractTest): void {
  test('the recorded dump: every type has its table, the deep ones work', async ({ open, backend }, t) => {
    if (skipWithoutTraces !== false) return t.skip(skipWithoutTraces);
    const model = dumpedModel();
    const place = await backend.newPlace();
    const client = await open(model, place);
    const types = inReferenceOrder(model);
    assert.ok(types.length > 60);
    for (const type of types) assert.deepEqual(await client.list(type.id), { ids: [], total: 0 }, type.id);
    const deepest = types.toSorted((a, b) => depthOf(model, b) - depthOf(model, a)).slice(0, 3);
    for (const [i, type] of deepest.entries()) {
      const id = `deep${i}`;
      const body = await createDeep(client, model, type, id);
      const row = await client.row(type.id, id);
      for (const [name, value] of Object.entries(body)) assert.deepEqual(row.body[name], value, `${type.id}.${name}`);
      assert.deepEqual(bodyOf((await client.events()).findLast((event) => event.resourceId === id)), body);
      await client.update(type.id, id, {});
      const [relation] = type.properties.filter((p) => typeof body[p.name] === 'string' && p.relation !== null);
      assert.ok(relation?.relation, `${type.id} refers to something`);
      await assert.rejects(client.remove(relation.relation, String(body[relation.name])), withCode('RESOURCE_IN_USE'));
    }
    await client.database.close();
    const again = await open(model, place);
    assert.ok(await again.get(deepest[0]?.id ?? '', 'deep0'));
  });
}

function depthOf(model: Model, type: ResourceType, above: ReadonlySet<ResourceType> = new Set()): number {
  if (above.has(type)) return 0;
  const path = new Set([...above, type]);
  const targets = type.properties.flatMap(({ relation }) => model.types.get(relation ?? '') ?? []);
  return 1 + Math.max(0, ...targets.filter((target) => target.routed).map((target) => depthOf(model, target, path)));
}
