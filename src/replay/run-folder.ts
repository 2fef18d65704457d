import { join, resolve } from 'node:path';
import { loadCatalog } from '../catalog/index.ts';
import {
  errorText,
  isJsonObject,
  isMissing,
  type Json,
  type JsonObject,
  limits,
  parseJson,
  readTextFile,
} from '../kernel/index.ts';
import { type HandlerBinding, type Model, parseMapping, type ResourceType, type StateForm } from '../schema/index.ts';
import { readJsonLines, unreadable } from './json-lines.ts';
import { parseEvent, type RecordedEvent } from './recorded-event.ts';

/** A recorded run. */
export interface RecordedRun {
  readonly path: string;
  readonly generation: string;
  /** Whether every event was recorded, in its real order. */
  readonly lossless: boolean;
  /**
   * Whether a change was planned at some time between its read and its queueing, from the knowledge at that time, so
   * that a newer version may replace an unplanned one. Otherwise it was planned when it was read. Kamado's own
   * recordings are level-triggered.
   */
  readonly levelTriggered: boolean;
  /** The schemas of the run, with its handlers. */
  readonly model: Model;
  readonly events: readonly RecordedEvent[];
}

/** The file names of a run folder; run.json names the others. */
export const runFiles = {
  run: 'run.json',
  mappings: 'template_mappings.json',
  heatCalls: 'heat_calls.jsonl',
  worker: 'worker.jsonl',
  requests: 'requests.jsonl',
  notes: 'docs.jsonl',
} as const;

/**
 * The forms of the states that handlers wrote, by generation (compatibility S3); for other generations, the schemas
 * tell.
 */
const stateForms: { readonly [generation: string]: StateForm } = { '2017': '2017', '2018': '2018', '2019': '2018' };

/**
 * Reads a run folder: `run.json` with `{generation, lossless, events, schemas, level_triggered?}`, paths relative to
 * itself; the events file; and `template_mappings.json`, handler → type → expression, in the order of the handlers.
 * Without that file the handlers are those of the schemas.
 * @throws RUN_UNREADABLE; SCHEMA_INVALID and CATALOG_UNREADABLE for the schemas
 */
export async function readRunFolder(path: string): Promise<RecordedRun> {
  const run = await readObject(join(path, runFiles.run));
  if (run === null) throw unreadable(join(path, runFiles.run), 'it is not there');
  const { generation, lossless, events, schemas } = run;
  if (typeof events !== 'string' || typeof schemas !== 'string') {
    throw unreadable(join(path, runFiles.run), 'it needs the paths "events" and "schemas"');
  }
  const { model } = await loadCatalog(resolve(path, schemas));
  const mappings = await readObject(join(path, runFiles.mappings));
  const name = typeof generation === 'string' ? generation : 'unknown';
  return {
    path,
    generation: name,
    lossless: lossless === true,
    levelTriggered: run.level_triggered === true,
    model: withStateForm(
      mappings === null ? model : withHandlers(model, mappings, join(path, runFiles.mappings)),
      Object.hasOwn(stateForms, name) ? stateForms[name] : undefined,
    ),
    events: await readJsonLines(resolve(path, events), parseEvent),
  };
}

/** Whether a folder holds a run. */
export async function isRunFolder(path: string): Promise<boolean> {
  return (await readObject(join(path, runFiles.run))) !== null;
}

/** An object in a JSON file; null if there is no such file. */
async function readObject(path: string): Promise<JsonObject | null> {
  let text: string;
  try {
    text = await readTextFile(path, limits.runFileBytes);
  } catch (error) {
    if (isMissing(error) || isNoFolder(error)) return null;
    throw unreadable(path, errorText(error), error);
  }
  const value = parseJson(text.replace(/^\ufeff/, ''));
  // The oldest dumps hold their objects in a list.
  const parts: readonly (Json | undefined)[] = Array.isArray(value) ? value : [value];
  const objects = parts.filter((part) => isJsonObject(part));
  if (objects.length === 0 || objects.length < parts.length) throw unreadable(path, 'a JSON object is expected');
  return Object.assign({}, ...objects);
}

function isNoFolder(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOTDIR';
}

/** The model with the handlers of the run, in their recorded order, in place of its own. */
function withHandlers(model: Model, mappings: JsonObject, path: string): Model {
  for (const [handler, byType] of Object.entries(mappings)) {
    if (!isJsonObject(byType)) throw unreadable(path, `${handler}: an object by types is expected`);
  }
  return withTypes(model, (type) => {
    const handlers = Object.entries(mappings).flatMap(([handler, byType]): readonly HandlerBinding[] => {
      const source = isJsonObject(byType) ? byType[type.id] : undefined;
      const own = type.handlers.find((binding) => binding.handler === handler);
      const template = source === undefined ? null : parseMapping(source, `${path}, ${handler}/${type.id}`);
      return template === null ? [] : [{ retry: null, stateForm: '2018', ...own, handler, template }];
    });
    return { ...type, handlers };
  });
}

function withStateForm(model: Model, stateForm: StateForm | undefined): Model {
  if (stateForm === undefined) return model;
  return withTypes(model, (type) => {
    return { ...type, handlers: type.handlers.map((binding) => ({ ...binding, stateForm })) };
  });
}

function withTypes(model: Model, change: (type: ResourceType) => ResourceType): Model {
  const types = [...model.types.values()].map(change);
  return {
    ...model,
    types: new Map(types.map((type) => [type.id, type])),
    byUrl: new Map(types.map((type) => [type.url, type])),
  };
}
