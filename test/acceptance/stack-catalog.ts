import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../src/kernel/json.ts';
import { shippedCatalog } from './catalogs.ts';

const text = { type: 'string', permission: ['create', 'update'] };

/** A type that heat_worker works on: crates, which can stand on each other, by the template that they name. */
const crate: JsonObject = {
  id: 'crate',
  singular: 'crate',
  plural: 'crates',
  prefix: '/v2.0',
  title: 'Crate',
  metadata: {
    state_versioning: true,
    status_machine: '2018',
    handlers: [{ handler: 'heat_worker', template: 'Pkind' }],
  },
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid', unique: true, permission: ['create'] },
      tenant_id: { type: 'string', permission: ['create'] },
      kind: { ...text, default: 'crate' },
      label: { ...text, default: 'plain' },
      password: { ...text, default: '', secret: true },
      wait_secs: { type: 'integer', default: 0, permission: ['create', 'update'] },
      fails: { type: 'boolean', default: false, permission: ['create', 'update'] },
      minutes: { type: 'integer', default: 3, permission: ['create', 'update'] },
      parts: { type: 'array', items: { type: 'string' }, default: [], permission: ['create', 'update'] },
      on_id: { type: ['string', 'null'], relation: 'crate', permission: ['create', 'update'] },
      status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
      orchestration_state: { type: ['string', 'null'], permission: [] },
    },
  },
};

const template = `heat_template_version: 2015-04-30
parameters:
  label: { type: string }
  password: { type: string, hidden: true, default: '' }
  wait_secs: { type: number }
  fails: { type: boolean }
resources:
  crate:
    type: OS::Heat::TestResource
    properties:
      value: { get_param: label }
      wait_secs: { get_param: wait_secs }
      fail: { get_param: fails }
{% for part in jinja_parts %}
  part_{{ loop.index0 }}:
    type: OS::Heat::Value
    properties: { value: {{ part | tojson }} }
{% endfor %}
outputs:
  label: { value: { get_attr: [crate, output] }, description: What it shows. }
  api_token: { value: { get_param: password } }
`;

const mappings: JsonObject = {
  label: 'Plabel',
  password: 'Ppassword',
  wait_secs: { field: 'wait_secs' },
  fails: { field: 'fails' },
  heat_timeout: 'Pminutes',
  jinja_parts: { field: 'parts' },
  jinja_force_dependency: { field: 'label', path: ['on_id'], ignore_missing: true },
};

const templates: readonly JsonObject[] = [
  { id: 'crate', handler: 'heat_worker', template_file: template, parameter_mappings: mappings },
  // Shows what the crate below shows.
  {
    id: 'lid',
    handler: 'heat_worker',
    template_file: template,
    parameter_mappings: { ...mappings, label: 'Mcrate:on_id:label' },
  },
];

/** Writes the catalogue into a folder of its own below `parent`; returns its path. */
export async function writeStackCatalog(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'catalog-'));
  const write = async (place: string, content: JsonObject): Promise<void> => {
    await mkdir(join(folder, place), { recursive: true });
    // JSON is YAML.
    await writeFile(join(folder, place, 'crates.yaml'), JSON.stringify(content));
  };
  await write('schemas', { schemas: [crate] });
  await write('templates', { heat_template: templates });
  const common = join(dirname(shippedCatalog('network-2017')), 'common');
  await cp(join(common, 'heat_template.yaml'), join(folder, 'schemas', 'heat_template.yaml'));
  return folder;
}
