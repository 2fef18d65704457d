import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { shippedCatalog } from './catalogs.ts';

const text = { type: 'string', permission: ['create', 'update'] };
const secret = { ...text, secret: true, default: '' };

function schema(id: string, handlers: readonly JsonObject[], properties: JsonObject, behaviour: JsonObject = {}) {
  return {
    ...{ id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id },
    metadata: { state_versioning: true, status_machine: '2018', handlers },
    ...(Object.keys(behaviour).length > 0 && { behaviour }),
    schema: {
      type: 'object',
      properties: {
        id: { ...text, unique: true },
        tenant_id: { type: 'string', permission: ['create'] },
        name: { ...text, default: '' },
        kind: { ...text, default: id },
        ...properties,
        status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
        orchestration_state: { type: ['string', 'null'], permission: [] },
      },
    },
  };
}

/** A secret of every kind that a schema knows. */
const safe = schema('safe', [{ handler: 'monitoring_worker', template: 'Pkind' }], {
  pin: secret,
  password: { ...text, default: '' },
  nested: {
    type: 'object',
    permission: ['create', 'update'],
    properties: { deep: { type: 'object', properties: { key: { type: 'string', secret: true } } } },
  },
  listed: {
    type: 'array',
    permission: ['create', 'update'],
    items: { type: 'object', properties: { community: text } },
  },
  free: { type: 'object', default: {}, permission: ['create', 'update'] },
  made: { type: 'string', secret: true, initial: { generate: 'password', length: 20 } },
  copied: { type: 'string', secret: true, initial: { concatenate: ['copy of ', { field: 'pin' }] } },
  host: { ...text, default: '127.0.0.1' },
  port: { type: 'integer', default: 1, permission: ['create', 'update'] },
});

/** What is given the secrets of a safe, over a relation. */
const crate = schema('crate', [{ handler: 'heat_worker', template: 'Pkind' }], {
  safe_id: { type: ['string', 'null'], relation: 'safe', permission: ['create'] },
  plain: { ...text, default: '' },
  password: { ...text, default: '' },
});

/** Jobs that stay: they wait for their own end. */
const waiter = schema('waiter', [{ handler: 'monitoring_worker', template: 'Cwaiter' }], {
  safe_id: { type: ['string', 'null'], relation: 'safe', permission: ['create'] },
  pin: secret,
});

const everything: JsonObject = {
  pin: 'Ppin',
  password: 'Ppassword',
  nested: 'Pnested',
  listed: 'Plisted',
  free: 'Pfree',
  made: 'Pmade',
  copied: 'Pcopied',
  host: 'Phost',
  port: 'Pport',
};

/** Templates of checks that fail, each with a secret where it doesn't belong. */
export const badChecks: { readonly [kind: string]: string } = {
  type: 'one: { type: {{ pin | tojson }} }',
  type_upper: 'one: { type: {{ (password | upper) | tojson }} }',
  name: '{{ pin | tojson }}: { type: netconf }',
  reader_type: 'one: { type: etcd_reader, etcd_type: {{ pin | tojson }}, etcd_id: x }',
  reader_id: 'one: { type: etcd_reader, etcd_type: safe, etcd_id: {{ nested.deep.key | tojson }} }',
  ip: 'one: { type: netconf, ip: {{ pin | tojson }}, login: a, password: b, timeout: 0.3 }',
  free: 'one: { type: {{ free.deep[0].password | tojson }} }',
  ip_part:
    'one: { type: netconf, ip: {{ ("h-" ~ listed[0].community) | tojson }}, login: a, password: b, timeout: 0.3 }',
  time: 'one: { type: netconf, ip: 127.0.0.1, login: a, password: b, timeout: {{ pin | tojson }} }',
  login: 'one: { type: netconf, ip: {{ host }}, port: {{ port }}, login: {{ made }}, password: {{ copied | tojson }} }',
  structure: 'one: { type: {{ pin }}: }, }',
  map: '- {{ copied | tojson }}',
  key: 'one: { {{ pin | tojson }}: 1, type: nothing }',
  undefined_member: 'one: {{ pin.nothing.at_all }}',
};

const stackTemplate = `heat_template_version: 2015-04-30
parameters:
  open: { type: string }
  hush: { type: string, hidden: true }
  password: { type: string }
resources:
  value: { type: OS::Heat::Value, properties: { value: {{ jinja_pin | tojson }} } }
outputs:
  open: { value: { get_param: open } }
  made: { value: { str_replace: { template: 'x-H', params: { H: { get_param: hush } } } } }
  'with"quotes_password': { value: { get_param: password } }
  indirect: { value: { get_attr: [value, value] } }
`;

const strictTemplate = `heat_template_version: 2015-04-30
parameters:
  open: { type: string }
  hush: { type: number, hidden: true }
  password: { type: string, constraints: [{ length: { max: 3 } }, { allowed_pattern: '{{ jinja_pin | upper }}' }] }
`;

const stackMappings: JsonObject = {
  open: 'Pname',
  hush: 'Pplain',
  password: 'Ppassword',
  jinja_pin: { field: 'pin', path: ['safe_id'] },
};

/** The mappings of jobs that wait: all of them secret, over a relation, too. */
export const waiterMappings: JsonObject = {
  own: 'Ppin',
  far: { field: 'password', path: ['safe_id'] },
  both: { concatenate: [{ constant: 'x' }, { field: 'copied', path: ['safe_id'] }] },
  open: 'Pname',
  id: 'Pid',
};

const waiting = 'own: { type: etcd_reader, etcd_type: waiter, etcd_id: {{ id }}, timeout: 600 }';

const hooks = `
import { defineHooks } from 'kamado';
import type { Types } from '../types.ts';

export const safes = defineHooks<Types, 'safe'>('safe', {
  pre_create({ resource, log }) {
    log.warn({ given: resource.pin, password: resource.password, all: resource }, 'Given ' + resource.pin);
    if (resource.name === 'throws') throw new Error('odd: ' + JSON.stringify(resource));
  },
  *pre_update_in_transaction({ id, resource, tx }) {
    if (resource.name !== 'throws inside') return;
    const row = yield* tx.get('safe', id);
    throw new TypeError('inside: ' + Buffer.from(row.body.pin).toString('base64'));
  },
  post_update({ resource }) {
    if (resource.name === 'throws behind') throw resource.pin;
  },
});
`;

function template(id: string, handler: string, template_file: string, parameter_mappings: JsonObject): JsonObject {
  return { id, handler, template_file, parameter_mappings };
}

/** Writes the catalogue into a folder of its own below `parent`; returns its path. */
export async function writeCanaryCatalog(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'catalog-'));
  const write = async (path: string, content: Json): Promise<void> => {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    // JSON is YAML.
    await writeFile(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  };
  await write('schemas/canary.yaml', { schemas: [safe, crate, waiter] });
  const checks = Object.entries(badChecks).map(([kind, file]) => template(kind, 'monitoring_worker', file, everything));
  const templates = [
    template('safe', 'monitoring_worker', '{}', everything),
    template('crate', 'heat_worker', stackTemplate, stackMappings),
    template('strict', 'heat_worker', strictTemplate, stackMappings),
    template('waiter', 'monitoring_worker', waiting, waiterMappings),
  ];
  await write('templates/canary.yaml', { heat_template: [...templates, ...checks] });
  await write('hooks/safes.ts', hooks);
  const common = join(dirname(shippedCatalog('network-2017')), 'common');
  await cp(join(common, 'heat_template.yaml'), join(folder, 'schemas', 'heat_template.yaml'));
  return folder;
}
