import { cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { JsonObject } from '../../src/kernel/json.ts';
import { shippedCatalog } from './catalogs.ts';

/** The types of the load: bases, leaves on them that two handlers work on, and notes that nobody works on. */
export const loadTypes = ['base', 'leaf', 'note'] as const;
export type LoadType = (typeof loadTypes)[number];

/** The handlers, and whether they can modify. */
export const loadHandlers = { maker: true, fitter: false } as const;

const text = { type: 'string', permission: ['create', 'update'] };

function schema(id: LoadType, handlers: readonly JsonObject[], more: JsonObject = {}): JsonObject {
  return {
    id,
    singular: id,
    plural: `${id}s`,
    prefix: '/v2.0',
    title: id,
    metadata: { state_versioning: true, status_machine: '2017', handlers },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string', format: 'uuid', unique: true, permission: ['create'] },
        name: { ...text, default: '' },
        fails: { type: 'boolean', default: false, permission: ['create', 'update'] },
        ...more,
        status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
      },
    },
  };
}

const schemas: readonly JsonObject[] = [
  schema('base', [{ handler: 'maker', template: 'Cload_base' }]),
  schema(
    'leaf',
    [
      { handler: 'maker', template: 'Cload_leaf' },
      { handler: 'fitter', template: 'Cload_fit' },
    ],
    { base_id: { type: 'string', relation: 'base', permission: ['create'] } },
  ),
  schema('note', []),
];

function template(id: string, handler: string, parameter_mappings: JsonObject): JsonObject {
  return { id, handler, parameter_mappings, template_file: 'a: 1\n' };
}

const templates: readonly JsonObject[] = [
  template('load_base', 'maker', { name: { field: 'name' } }),
  template('load_leaf', 'maker', { name: { field: 'name' }, base: { field: 'name', path: ['base_id'] } }),
  template('load_fit', 'fitter', { base: { field: 'name', path: ['base_id'] } }),
];

/** Writes the catalogue of the load into a folder of its own below `parent`; returns its path. */
export async function writeLoadCatalog(parent: string): Promise<string> {
  const folder = await mkdtemp(join(parent, 'catalog-'));
  const write = async (place: string, content: JsonObject): Promise<void> => {
    await mkdir(join(folder, place), { recursive: true });
    // JSON is YAML.
    await writeFile(join(folder, place, 'load.yaml'), JSON.stringify(content));
  };
  await write('schemas', { schemas });
  await write('templates', { heat_template: templates });
  const common = join(dirname(shippedCatalog('network-2017')), 'common');
  await cp(join(common, 'heat_template.yaml'), join(folder, 'schemas', 'heat_template.yaml'));
  return folder;
}
