import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { canonicalJson, isJsonObject, type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import type { MappingContext, MappingResult, ResourceReference } from '../../src/schema/mapping.ts';
import { checkMapping } from '../../src/schema/mapping-checks.ts';
import { evaluateMapping } from '../../src/schema/mapping-evaluator.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import type { Model } from '../../src/schema/model.ts';
import { dumpedModel, listOf, objectOf, readJson, readLines, skipWithoutTraces } from './recordings.ts';

interface Config {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly body: JsonObject;
}

interface Replay {
  /** Params of all recorded jobs, and those that were compared. */
  recorded: number;
  params: number;
  equal: number;
  readonly misses: string[];
}

for (const [run, params] of [
  ['2017_vpn_gateway', 289],
  ['2019_logical_network', 77],
  ['2019_firewall', 414],
] as const) {
  test(`the recorded params of ${run} follow from its mappings`, { skip: skipWithoutTraces }, () => {
    const replay = replayRun(run);
    assert.deepEqual(replay.misses, []);
    assert.equal(replay.equal, params);
    assert.equal(replay.params, params);
    assert.equal(replay.recorded, params);
  });
}

/** Walks the events of a lossless run in order, and evaluates each job's mappings at the /config it comes from. */
function replayRun(run: string): Replay {
  const model = dumpedModel();
  const workers = objectOf(readJson(run, 'template_mappings.json'));
  const events = readLines(run, 'events_full.jsonl');
  const jobs = jobsOf(events);
  const configs = new Map<string, Config>();
  const recorded = [...jobs.values()].flat().flatMap((job) => listOf(job.params)).length;
  const replay: Replay = { recorded, params: 0, equal: 0, misses: [] };
  for (const event of events) {
    const config = configOf(model, event);
    if (config === null) continue;
    const key = `${config.type}:${config.id}`;
    const old = configs.get(key);
    configs.set(key, config);
    for (const job of jobs.get(`${key}:${config.version}`) ?? []) {
      const expression = objectOf(workers[String(job.handler)])[config.type] ?? null;
      const template = evaluate(expression, config, configs, model);
      const body = configs.get(`heat_template:${template.value}`)?.body ?? {};
      compare(replay, job, objectOf(body.parameter_mappings), config, old, configs, model);
    }
  }
  return replay;
}

/** First writes of jobs, by type, id and version. */
function jobsOf(events: readonly JsonObject[]): ReadonlyMap<string, readonly JsonObject[]> {
  const jobs = new Map<string, JsonObject>();
  for (const { key, value } of events) {
    const job = objectOf(listOf(value)[1]);
    if (String(key).startsWith('/jobs/all/') && typeof job.id === 'string' && !jobs.has(job.id)) jobs.set(job.id, job);
  }
  const byName = new Map<string, JsonObject[]>();
  for (const job of jobs.values()) {
    const name = `${job.resource_type}:${job.resource_id}:${job.version}`;
    byName.set(name, [...(byName.get(name) ?? []), job]);
  }
  return byName;
}

function configOf(model: Model, event: JsonObject): Config | null {
  const [, path, id] = /^\/config(\/.+)\/([^/]+)$/.exec(String(event.key)) ?? [];
  const type = model.byUrl.get(path ?? '');
  const value = objectOf(event.value);
  const body = typeof value.body === 'string' ? parseJson(value.body) : value.body;
  if (type === undefined || id === undefined || !isJsonObject(body)) return null;
  return { type: type.id, id, version: Number(value.version), body };
}

function evaluate(source: Json, config: Config, configs: ReadonlyMap<string, Config>, model: Model): MappingResult {
  const context: MappingContext = {
    type: config.type,
    body: config.body,
    version: config.version,
    relationOf: (type, field) => model.types.get(type)?.property.get(field)?.relation ?? null,
    lookup: (type, id) => configs.get(`${type}:${id}`)?.body,
  };
  return evaluateMapping(parseMapping(source, 'recording'), context, 'param');
}

function compare(
  replay: Replay,
  job: JsonObject,
  mappings: JsonObject,
  config: Config,
  old: Config | undefined,
  configs: ReadonlyMap<string, Config>,
  model: Model,
): void {
  for (const recorded of listOf(job.params).map(objectOf)) {
    replay.params++;
    const param = String(recorded.param);
    const source = mappings[param];
    const found = source === undefined ? 'no mapping' : paramOf(source, job, config, old, configs, model);
    if (canonicalText(found) === canonicalJson(withoutParam(recorded))) replay.equal++;
    else replay.misses.push(`${job.id} ${param}: ${canonicalText(found)} instead of ${canonicalJson(recorded)}`);
  }
}

function canonicalText(found: Param | string): string {
  return canonicalJson(parseJson(JSON.stringify(found)) ?? null);
}

/** The names of the params inside of a list are that of the mapping. */
function withoutParam(recorded: JsonObject): Json {
  const { param, ...others } = recorded;
  const value =
    recorded.type === 'list'
      ? listOf(recorded.value).map((part) => ({ ...objectOf(part), param: 'param' }))
      : recorded.value;
  return { ...others, value: value ?? null };
}

/** As JSON: what is compared. */
interface Param {
  readonly type: string;
  readonly value: Json;
  readonly resources: readonly ResourceReference[];
}

/** A param as the job's place in its workflow asks for it (compatibility P3). */
function paramOf(
  source: Json,
  job: JsonObject,
  config: Config,
  old: Config | undefined,
  configs: ReadonlyMap<string, Config>,
  model: Model,
): Param | string {
  try {
    const current = evaluate(source, config, configs, model);
    if (old === undefined) return current;
    const previous = evaluate(source, old, configs, model);
    const both = [...current.resources, ...previous.resources];
    if (job.action === 'create') return { ...current, resources: [...both, ...current.resources] };
    return { ...(job.action === 'delete' ? previous : current), resources: both };
  } catch (error) {
    if (isKamadoError(error)) return error.message;
    throw error;
  }
}

test('every recorded mapping parses, and those in use fit their types', { skip: skipWithoutTraces }, () => {
  const model = dumpedModel();
  let parsed = 0;
  for (const run of ['2017_vpn_gateway', '2018_vpn_gateway', '2019_firewall', '2019_logical_network']) {
    for (const line of readLines(run, 'templates.jsonl')) {
      const { id, parameter_mappings: mappings } = objectOf(objectOf(line.value).body);
      for (const source of Object.values(objectOf(mappings))) {
        const mapping = parseMapping(source, String(id));
        parsed++;
        const type = model.types.get(String(id));
        if (type !== undefined && run.startsWith('2019')) assert.deepEqual(checkMapping(mapping, model, type), []);
      }
    }
  }
  assert.ok(parsed > 3_000, `${parsed} mappings`);
});
