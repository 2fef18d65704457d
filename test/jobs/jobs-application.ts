import { cp, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { type Application, startApplication } from '../../src/app/application.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings } from '../../src/app/settings/settings.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Handler } from '../../src/worker/handler.ts';
import { shippedCatalog } from '../acceptance/catalogs.ts';
import { type Rest, restOf } from '../acceptance/rest.ts';

const text = { type: 'string', permission: ['create', 'update'], default: '' };

/** A type with handlers, each with the template of the type's name. */
export function typeSchema(id: string, handlers: readonly string[], more: JsonObject = {}): JsonObject {
  return {
    id,
    singular: id,
    plural: `${id}s`,
    prefix: '/v2.0',
    title: id,
    metadata: {
      state_versioning: true,
      status_machine: '2017',
      handlers: handlers.map((handler) => ({ handler, template: `C${id}` })),
    },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'string', permission: ['create'], unique: true },
        name: text,
        pass: { ...text, secret: true },
        status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
        ...more,
      },
    },
  };
}

/** A property that refers to a type. */
export function relationTo(relation: string): JsonObject {
  return { type: ['string', 'null'], relation, permission: ['create', 'update'], default: null };
}

/** Writes a catalogue: types, and for each a template whose parameters are name, pass, and what `on_id` refers to. */
export async function writeCatalog(folder: string, schemas: readonly JsonObject[]): Promise<string> {
  const write = async (place: string, content: JsonObject): Promise<void> => {
    await mkdir(join(folder, place), { recursive: true });
    // JSON is YAML.
    await writeFile(join(folder, place, 'own.yaml'), JSON.stringify(content));
  };
  const templates = schemas.map(({ id }) => ({
    id: String(id),
    parameter_mappings: {
      name: { field: 'name' },
      pass: { field: 'pass' },
      ...(JSON.stringify(schemas.find((schema) => schema.id === id)).includes('"relation"') && {
        on: { field: 'name', path: ['on_id'], ignore_missing: true },
      }),
    },
    template_file: 'heat_template_version: 2016-10-14\n',
  }));
  await write('schemas', { schemas });
  await write('templates', { heat_template: templates });
  const common = join(dirname(shippedCatalog('network-2017')), 'common');
  await cp(join(common, 'heat_template.yaml'), join(folder, 'schemas', 'heat_template.yaml'));
  return folder;
}

/** A handler that notes what it does, and does nothing else. */
export function noting(name: string, notes: string[] = []): Handler {
  return {
    name,
    canModify: true,
    run: async (job) => {
      notes.push(`${job.action} ${job.resource_type}:${job.resource_id}`);
      return {};
    },
  };
}

/** Starts a house on a folder of data, without a cloud: nobody has the handler heat_worker. */
export async function startJobsApplication(
  t: TestContext,
  folder: string,
  catalog: string,
  handlers: readonly Handler[] = [],
): Promise<Application & { readonly rest: Rest; readonly endpoint: string }> {
  const settings = readSettings({ port: '0', dataDir: join(folder, 'data'), catalog }, {});
  const alive = setInterval(() => {}, 60_000);
  const onFatal = (error: unknown): void => {
    throw error;
  };
  const options = { runtime: systemRuntime, log: silentLog, settings, onFatal, handlers };
  const application = await startApplication(options).catch((error: unknown) => {
    clearInterval(alive);
    throw error;
  });
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => {
    clearInterval(alive);
    closing ??= application.close();
    return closing;
  };
  t.after(close);
  const { port } = application.address;
  return { address: application.address, close, rest: restOf(port), endpoint: `http://127.0.0.1:${port}` };
}
