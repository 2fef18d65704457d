import type { JsonObject } from '../src/kernel/index.ts';

/** Where resources of the types are. */
export const urls = { line: '/bench/lines', gateway: '/bench/gateways', plain: '/bench/plains' } as const;

/** As many as a bench takes. */
const LAST = 1_000_000;

const text = { type: 'string', default: '' };
const given = { ...text, permission: ['create', 'update'] };
const whole = { type: ['integer', 'null'] };

function type(id: string, properties: JsonObject, behaviour: JsonObject = {}): JsonObject {
  return {
    ...{ id, singular: id, plural: `${id}s`, prefix: '/bench', title: id, behaviour },
    metadata: { state_versioning: true },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid', unique: true, permission: ['create'] },
        name: given,
        ...properties,
      },
    },
  };
}

const line = { type: 'string', relation: 'line', permission: ['create'] };

/** What two types have alike: as many properties of the same kinds. */
const common: JsonObject = {
  line_id: line,
  description: given,
  vlan_id: { ...whole, permission: ['create'] },
  label_id: { ...whole, permission: ['create'] },
  interface_name: { type: 'string' },
  port_id: { type: 'string' },
  route_id: { type: 'string' },
};

function child(properties: JsonObject): JsonObject {
  return { properties: { name: 'Pname', ...properties } };
}

/**
 * Lines with numbers and room; gateways that take two numbers and two parts of the room, compute a name and have two
 * children; and plain ones, with as many properties and nothing that happens by itself.
 */
export const behaviourSchemas: readonly JsonObject[] = [
  type(
    'line',
    { free_vlans: whole, free_labels: whole, free_gateways: whole, used_bandwidth: whole },
    {
      pools: {
        vlans: { first: 1, last: LAST, free: 'free_vlans' },
        labels: { first: 16, last: LAST, free: 'free_labels' },
      },
      counters: { free_gateways: { capacity: { constant: LAST } }, used_bandwidth: {} },
    },
  ),
  type('plain', common),
  type(
    'gateway',
    {
      ...common,
      interface_name: {
        type: 'string',
        initial: { concatenate: [{ field: 'name', path: ['line_id'] }, '.', { field: 'vlan_id' }] },
      },
    },
    {
      takes: {
        vlan: { type: 'line', from: 'Pline_id', pool: 'vlans', into: 'vlan_id' },
        label: { type: 'line', from: 'Pline_id', pool: 'labels', into: 'label_id' },
        component: { type: 'line', from: 'Pline_id', counter: 'free_gateways' },
        bandwidth: { type: 'line', from: 'Pline_id', counter: 'used_bandwidth', amount: { constant: 10 } },
      },
      children: {
        port: { type: 'port', link: 'port_id', ...child({ vlan: { field: 'vlan_id' } }) },
        route: { type: 'route', link: 'route_id', ...child({ label: { field: 'label_id' } }) },
      },
    },
  ),
  type('port', { vlan: whole }),
  type('route', { label: whole }),
];
