import type { JsonObject } from '../src/kernel/index.ts';

/** The URLs of the types. */
export const urls = { line: '/bench/lines', gateway: '/bench/gateways', plain: '/bench/plains' } as const;

/** The end of the pools: more numbers than a benchmark takes. */
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

/** The properties that two types have in common: equally many of the same kinds. */
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
 * Lines with pools of numbers and counters; gateways that take two numbers and change two counters, compute a name and
 * have two children; and plain types, with as many properties and no behaviour.
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
