import { loadCatalog } from '../catalog/index.ts';
import type { JsonObject } from '../kernel/index.ts';
import { decodeConfig, type HandlerRecord, parseResourceKey, TEMPLATE_TYPE } from '../records/index.ts';
import { compileModel } from '../schema/index.ts';
import { changesOfRun, changesOfSystem, type Entry } from './known-changes.ts';
import { type ChangedPlan, comparePlans, type KnownChange, type Rules } from './plan-comparison.ts';
import { isRunFolder, type RecordedRun, readRunFolder } from './run-folder.ts';

/** The changes that another catalogue would cause. */
export interface AgainstReport {
  /** The number of changes, or resources, that were planned under both. */
  readonly planned: number;
  readonly changed: readonly ChangedPlan[];
}

/**
 * Plans each change of a recorded run under the recorded rules and under a changed catalogue.
 * @throws RUN_UNREADABLE, CATALOG_UNREADABLE, SCHEMA_INVALID
 */
export async function runAgainst(
  path: string,
  catalogPath: string,
  handlers: readonly HandlerRecord[],
): Promise<AgainstReport> {
  const run = await readRunFolder(path);
  return compare(presentOf(run.model), await rulesAt(catalogPath), changesOfRun(run.model, handlers, run.events));
}

/**
 * Plans each present resource of a system, as if it were built now, under the present schemas and under a changed
 * catalogue. @throws CATALOG_UNREADABLE, SCHEMA_INVALID
 */
export async function systemAgainst(
  system: { readonly schemas: readonly JsonObject[]; readonly entries: readonly Entry[] },
  catalogPath: string,
  handlers: readonly HandlerRecord[],
): Promise<AgainstReport> {
  const model = compileModel(system.schemas);
  return compare(presentOf(model), await rulesAt(catalogPath), changesOfSystem(model, handlers, system.entries));
}

function compare(present: Rules, changed: Rules, changes: Iterable<KnownChange>): AgainstReport {
  const found: ChangedPlan[] = [];
  let planned = 0;
  for (const change of changes) {
    planned++;
    const plan = comparePlans(present, changed, change);
    if (plan !== null) found.push(plan);
  }
  return { planned, changed: found };
}

function presentOf(model: Rules['model']): Rules {
  return { model, templates: new Map() };
}

/**
 * The rules of a catalogue, or of another run folder. Its templates replace those with the same id; the others stay.
 */
async function rulesAt(path: string): Promise<Rules> {
  if (await isRunFolder(path)) return rulesOfRun(await readRunFolder(path));
  const { model, rows } = await loadCatalog(path);
  const templates = rows.filter(({ type }) => type === TEMPLATE_TYPE);
  return { model, templates: new Map(templates.map(({ id, body }) => [id, body])) };
}

function rulesOfRun({ model, events }: RecordedRun): Rules {
  const url = model.types.get(TEMPLATE_TYPE)?.url;
  const templates = events.flatMap(({ kind, key, value }): (readonly [string, JsonObject])[] => {
    const resource = parseResourceKey(key);
    const body = kind === 'delete' ? undefined : decodeConfig(value)?.body;
    const isTemplate = resource?.family === 'config' && resource.url === url;
    return isTemplate && body !== undefined ? [[resource.id, body]] : [];
  });
  return { model, templates: new Map(templates) };
}
