import assert from 'node:assert/strict';
import type { JsonObject } from '../../src/kernel/json.ts';
import { withDefaults } from '../../src/schema/defaults.ts';
import type { Model } from '../../src/schema/model.ts';
import { type Client, schema, versioned } from './helpers.ts';

type Properties = { readonly [name: string]: JsonObject };

/** A schema that does something by itself. */
export function acting(id: string, properties: Properties, behaviour: JsonObject, more: JsonObject = {}): JsonObject {
  return schema(id, properties, { behaviour, ...more });
}

/** The same of a versioned type, which is deleted in two steps. */
export function actingInSteps(id: string, properties: Properties, behaviour: JsonObject): JsonObject {
  return acting(id, properties, behaviour, versioned);
}

/** A number that the server alone writes. */
export const shownNumber = { type: 'integer', permission: [] };
/** A text that the server alone writes. */
export const shownText = { type: ['string', 'null'], permission: [] };
export const integer = { type: 'integer' };

/** Creates what a client asks for, with the defaults of the type. */
export function order(client: Client, model: Model, type: string, id: string, body: JsonObject = {}) {
  const found = model.types.get(type);
  assert.ok(found !== undefined, `no type ${type}`);
  return client.create(type, id, withDefaults(found, body));
}

/** Some properties of a row. */
export async function shown(client: Client, type: string, id: string, ...names: readonly string[]): Promise<unknown[]> {
  const { body } = await client.row(type, id);
  return names.map((name) => body[name] ?? null);
}

/** Deletes a resource in two steps. */
export async function erase(client: Client, type: string, id: string): Promise<void> {
  if ((await client.remove(type, id)) === 'removed') return;
  await finishDeletion(client, type, id);
}

/** What a worker reports when it has undone a marked resource. */
export async function finishDeletion(client: Client, type: string, id: string): Promise<void> {
  const { configVersion } = await client.row(type, id);
  await client.succeed(type, id, configVersion, 'DELETE_COMPLETED');
}

/** The ids of a type's resources. */
export async function idsOf(client: Client, type: string): Promise<readonly string[]> {
  return (await client.list(type)).ids;
}

/** The one resource of a type. */
export async function only(client: Client, type: string) {
  const [id, ...others] = await idsOf(client, type);
  assert.ok(id !== undefined && others.length === 0, `${type}: ${[id, ...others].join()}`);
  return await client.row(type, id);
}
