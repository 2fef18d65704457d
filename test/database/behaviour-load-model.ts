import { acting, actingInSteps, integer, shownNumber, shownText } from './behaviour-helpers.ts';
import { modelOf, refersTo, schema, string, versioned } from './helpers.ts';

/** What a line's pool has, but what is reserved. */
export const VLANS = { first: 1, last: 12 };
/** What a subnet's pool has: addresses of 10.0.0.0. */
export const ADDRESSES = { first: 1, last: 9 };
export const BANDWIDTH = 60;

const boolean = { type: ['boolean', 'null'] };
const isOn = { not: { equal: [{ field: 'on' }, { constant: false }] } };
const router = { field: 'router_id', path: ['line_id'] };
const complete = { one_of: [{ field: 'orchestration_state' }, ['CREATE_COMPLETE', 'UPDATE_COMPLETE']] };

/** Gateways that take of lines and of routers, with children that take of subnets. */
export const model = modelOf(
  schema('tenant', { name: string }),
  actingInSteps(
    'router',
    { maximum: integer, free: shownNumber, gateways: shownNumber, bandwidth: shownNumber, last: shownText },
    {
      counters: {
        free: { capacity: 'Pmaximum' },
        gateways: {},
        bandwidth: { capacity: { constant: BANDWIDTH }, new_version: true },
      },
    },
  ),
  acting(
    'line',
    { router_id: refersTo('router'), reserved: string, map: shownText, free: shownNumber },
    { pools: { vlans: { ...VLANS, reserved: 'Preserved', bitmap: 'map', free: 'free' } } },
  ),
  actingInSteps(
    'subnet',
    { map: shownText, free: shownNumber },
    { pools: { ips: { first: '10.0.0.1', last: '10.0.0.9', bitmap: 'map', free: 'free', new_version: true } } },
  ),
  actingInSteps(
    'gateway',
    {
      name: string,
      tenant_id: refersTo('tenant'),
      line_id: refersTo('line'),
      subnet_id: refersTo('subnet'),
      mbit: integer,
      on: boolean,
      dhcp: boolean,
      vlan_id: string,
      port_id: shownText,
    },
    {
      ensures: { tenant: { type: 'tenant', id: 'Ptenant_id' } },
      takes: {
        vlan: { type: 'line', from: 'Pline_id', pool: 'vlans', into: 'vlan_id', when: isOn },
        component: { type: 'router', from: router, counter: 'free' },
        count: { type: 'router', from: router, counter: 'gateways' },
        speed: { type: 'router', from: router, counter: 'bandwidth', amount: 'Pmbit', when: isOn },
      },
      updates: { router: { path: ['line_id', 'router_id'], set: { last: 'Pid' }, on_delete: { last: 'C' } } },
      children: {
        port: {
          type: 'port',
          when: { equal: [{ field: 'dhcp' }, { constant: true }] },
          link: 'port_id',
          properties: {
            name: { concatenate: ['port of ', { field: 'name' }] },
            gateway_id: 'Pid',
            fixed_ips: { list: [{ object: { subnet_id: 'Psubnet_id' } }] },
          },
          children: { logical: { type: 'logical', properties: { name: 'Pname', port_id: 'Pport' } } },
        },
        route: { type: 'route', properties: { gateway_id: 'Pid', port: 'Pport' } },
      },
    },
  ),
  actingInSteps(
    'port',
    {
      name: string,
      gateway_id: string,
      fixed_ips: { type: 'array' },
      attached: boolean,
      orchestration_state: { ...string, permission: [] },
    },
    {
      takes: { ips: { type: 'subnet', from: 'Psubnet_id', pool: 'ips', into: 'ip', each: 'fixed_ips' } },
      passes: { attached: { when: complete, set: { attached: { constant: true } } } },
    },
  ),
  schema('logical', { name: string, port_id: string }),
  schema('route', { gateway_id: string, port: string }, versioned),
);

/** Those that are deleted before what they take of. */
export const TYPES = ['gateway', 'port', 'logical', 'route', 'line', 'router', 'subnet', 'tenant'] as const;
