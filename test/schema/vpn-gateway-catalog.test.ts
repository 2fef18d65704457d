import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadCatalog } from '../../src/catalog/catalog.ts';
import { checkCatalog } from '../../src/catalog/catalog-check.ts';
import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../src/kernel/json.ts';
import { evaluateStatus } from '../../src/schema/status-machine.ts';
import { shipped } from './catalog-files.ts';
import { dumpedSchemas, listOf, objectOf, readJson, skipWithoutTraces } from './recordings.ts';

const folder = shipped('vpn-gateway');

/** The types that the run of 2018 has resources of, and physical_port, by which servers come into a network. */
const types = [
  'edge_router',
  'er_physical_interface',
  'ese_device',
  'ese_logical_port',
  'ese_physical_port',
  'gw_interface',
  'ha_interface',
  'ha_router',
  'heat_template',
  'network',
  'physical_port',
  'port',
  'qos_option',
  'quota',
  'reserve_address',
  'static_route',
  'subnet',
  'tenant',
  'vpn_gateway',
  'vpn_interface',
  'vpn_service',
];

test('the catalogue of the VPN gateway: its types, its rows, and no warning but of templates for the southbound', async () => {
  const { model, rows } = await loadCatalog(folder);
  assert.deepEqual([...model.types.keys()].sort(), types);
  assert.deepEqual(model.warnings, []);
  assert.deepEqual(
    rows.map(({ type, id }) => [type, id]),
    [
      ['quota', 'default'],
      ['reserve_address', 'default'],
    ],
  );
  const { fault, warnings } = await checkCatalog(folder);
  assert.equal(fault, null);
  const worked = [...model.types.values()].filter(({ handlers }) => handlers.length > 0).map(({ id }) => id);
  const reported = warnings.map((warning) => /\((\w+)\): no template \w+ is here: /.exec(warning)?.[1]);
  assert.deepEqual([...new Set(reported)].sort(), worked.sort());
});

test('each type and each of its properties is explained', async () => {
  const { model } = await loadCatalog(folder);
  for (const { id, document } of model.types.values()) {
    for (const key of ['title', 'description']) assertText(document, key, id);
    assertExplained(objectOf(objectOf(document.schema).properties), id);
  }
});

function assertExplained(properties: JsonObject, place: string): void {
  for (const [name, property] of Object.entries(properties)) {
    assert.ok(isJsonObject(property));
    for (const key of ['title', 'description']) assertText(property, key, `${place}.${name}`);
    assertExplained(objectOf(property.properties), `${place}.${name}`);
    assertExplained(objectOf(objectOf(property.items).properties), `${place}.${name}[]`);
  }
}

function assertText(of: JsonObject, key: string, place: string): void {
  const text = of[key];
  assert.ok(typeof text === 'string' && text.trim() !== '', `${place} has no ${key}`);
}

/** Types and properties of types in which the catalogue differs from the schemas as the original served them. */
const differences: { readonly [reason: string]: readonly string[] } = {
  'this catalogue has VPN services alone: nothing can be ordered of the others, and what belongs to one says so': [
    'qos_option.required',
    ...['internet', 'aws', 'azure', 'gcp', 'interdc'].flatMap((service) => [
      `qos_option.${service}_service_id`,
      `gw_interface.${service}_gw_id`,
      `static_route.${service}_gw_id`,
    ]),
    ...['gw_interface', 'static_route'].flatMap((id) => [`${id}.required`, `${id}.public_ip_id`]),
    ...['qos_option', 'gw_interface', 'static_route'].map((id) => `${id}.service_type`),
    'ese_logical_port.connected_resource',
    'ese_logical_port.common_function_gateway_id',
    'ese_device.location',
  ],
  'the server computes the value, so that there is no default': [
    'ha_interface.vlan_ids_available',
    'ha_interface.vlan_pool_state',
    'ha_interface.gateway_instances_count',
    'ese_logical_port.name',
    'subnet.allocation_pools',
  ],
  'what the server calculates with is refused where it is no number, or no network that it can hand addresses out of': [
    'ha_interface.restricted_vlans',
    'qos_option.bandwidth',
    'vpn_gateway.uplink_vlan_id',
    'vpn_gateway.downlink_vlan_id',
    'subnet.cidr',
  ],
  'the port of a DHCP server, which nothing monitors, has no operational state, and routes of its own': [
    'port.operational_state',
    'port.host_routes',
  ],
  'a tenant has the id that the identity service gave it, and is active unless something else is said': [
    'tenant.required',
    'tenant.id',
    'tenant.status',
  ],
  "the row that holds for all others has the id 'default'": ['reserve_address.id'],
  'an id is unique, and one that the server gives is a UUID': [
    'physical_port.id',
    'vpn_gateway.id',
    'vpn_interface.id',
    'vpn_service.id',
  ],
};

/** The keys of a property that a client meets. */
const compared = ['type', 'format', 'enum', 'pattern', 'default', 'relation'];

function differing(id: string, ours: JsonObject, theirs: JsonObject): readonly string[] {
  const [our, their] = [objectOf(ours.schema), objectOf(theirs.schema)];
  const [ourProperties, theirProperties] = [objectOf(our.properties), objectOf(their.properties)];
  const names = new Set([...Object.keys(ourProperties), ...Object.keys(theirProperties)]);
  const found = [...names].filter((name) => {
    const [one, other] = [ourProperties[name], theirProperties[name]];
    return !isJsonObject(one) || !isJsonObject(other) || !isSame(name, one, other);
  });
  const required = (schema: JsonObject): Json => listOf(schema.required).map(String).sort();
  if (!jsonEqual(required(our), required(their))) found.push('required');
  return found.map((name) => `${id}.${name}`);
}

function isSame(name: string, ours: JsonObject, theirs: JsonObject): boolean {
  const [one, other] = [restated(name, ours), restated(name, theirs)];
  const permissions = [ours, theirs].map(({ permission }) => listOf(permission).map(String).sort());
  const unique = [ours, theirs].map((property) => property.unique === true);
  return (
    compared.every((key) => jsonEqual(one[key] ?? null, other[key] ?? null)) &&
    jsonEqual(permissions[0] ?? [], permissions[1] ?? []) &&
    unique[0] === unique[1]
  );
}

/** A property as it is to be compared: no reference is '', but absent, and a status is never null. */
function restated(name: string, property: JsonObject): JsonObject {
  const { format, type } = property;
  const isReference = typeof property.relation === 'string' || name === 'tenant_id';
  return {
    ...property,
    ...(isReference && typeof format === 'string' ? { format: format.replace(/-or-empty$/, '') } : {}),
    ...(name === 'status' && Array.isArray(type) ? { type: 'string' } : {}),
  };
}

test('names, types, defaults and permissions are the recorded ones, or differ for a reason', {
  skip: skipWithoutTraces,
}, async () => {
  const { model } = await loadCatalog(folder);
  const dumped = new Map(dumpedSchemas().map((schema) => [schema.id, schema]));
  const found: string[] = [];
  for (const type of model.types.values()) {
    const theirs = dumped.get(type.id) ?? {};
    for (const key of ['singular', 'plural', 'prefix']) assert.equal(type.document[key], theirs[key], type.id);
    assert.equal(type.parent ?? '', theirs.parent ?? '', type.id);
    const [metadata, recorded] = [objectOf(type.document.metadata), objectOf(theirs.metadata)];
    for (const key of ['state_versioning', 'view']) assert.equal(metadata[key], recorded[key], `${type.id}, ${key}`);
    found.push(...differing(type.id, type.document, theirs));
  }
  assert.deepEqual(found.sort(), Object.values(differences).flat().sort());
});

test('heat_worker works on the types that it worked on, by the same templates', {
  skip: skipWithoutTraces,
}, async () => {
  const { model } = await loadCatalog(folder);
  const recorded = objectOf(objectOf(readJson('2018_vpn_gateway', 'template_mappings.json')).heat_worker);
  for (const type of model.types.values()) {
    const mapping = objectOf(type.document.metadata).template_path ?? null;
    assert.deepEqual(mapping, recorded[type.id] ?? null, type.id);
    assert.deepEqual(
      type.handlers.map(({ handler }) => handler),
      mapping === null ? [] : ['heat_worker'],
    );
  }
});

test('statuses follow from states as recorded', { skip: skipWithoutTraces }, async () => {
  const { model } = await loadCatalog(folder);
  let checked = 0;
  for (const row of listOf(readJson('state_machine.json')).map(objectOf)) {
    const machine = model.types.get(row.what === 'baremetal port' ? 'port' : String(row.what))?.statusMachine;
    if (machine === undefined || machine === null) continue;
    const outcomes = Object.keys(objectOf(row.status));
    const inputs = Object.fromEntries(
      Object.entries(objectOf(row.inputs)).map(([name, value]) => [name, String(value)]),
    );
    // Rows without a change don't say where they stayed; all of them were pending.
    const before = outcomes.join() === '(unchanged)' ? ['PENDING_CREATE'] : Object.keys(objectOf(row.from));
    for (const current_status of before) {
      const status = evaluateStatus(machine, { ...inputs, current_status }) ?? '(unchanged)';
      assert.ok(outcomes.includes(status), JSON.stringify({ ...row, current_status, status }));
      checked++;
    }
  }
  assert.ok(checked > 40, String(checked));
});
