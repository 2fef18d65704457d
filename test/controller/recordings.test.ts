import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planChange } from '../../src/controller/plan.ts';
import { canonicalJson, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { parseMapping } from '../../src/model/mapping-parser.ts';
import type { HandlerBinding, Model, ResourceType } from '../../src/model/model.ts';
import { type ConfigRecord, decodeConfig } from '../../src/records/config-record.ts';
import { parseResourceKey } from '../../src/records/keys.ts';
import { dumpedModel, listOf, objectOf, readJson, readLines, skipWithoutTraces } from '../model/recordings.ts';

/** Jobs of each run, all of which must be planned as recorded. */
const runs = [
  ['2017_vpn_gateway', 42],
  ['2019_logical_network', 7],
  ['2019_firewall', 30],
] as const;

for (const [run, count] of runs) {
  test(`the jobs of ${run} are planned as recorded`, { skip: skipWithoutTraces }, () => {
    const { recorded, misses } = replay(run);
    assert.deepEqual(misses, []);
    assert.equal(recorded, count);
  });
}

/** Walks the events in order, and plans each version at its /config event. */
function replay(run: string): { readonly recorded: number; readonly misses: readonly string[] } {
  const model = modelOf(run);
  const events = readLines(run, 'events_full.jsonl');
  const recorded = recordedJobs(events);
  const configs = new Map<string, ConfigRecord>();
  const misses: string[] = [];
  const planned = new Set<string>();
  for (const { key, value } of events) {
    const resource = parseResourceKey(String(key));
    const type = resource?.family === 'config' ? model.byUrl.get(resource.url) : undefined;
    const config = decodeConfig(JSON.stringify(value ?? null));
    if (resource === null || type === undefined || config === null) continue;
    const path = `${type.id}:${resource.id}`;
    const previous = configs.get(path);
    configs.set(path, config);
    const plan = planChange(
      {
        model,
        lookup: (typeId, id) => configs.get(`${typeId}:${id}`)?.body,
        canModify: (handler) => handler !== 'monitoring_worker',
      },
      {
        type,
        id: resource.id,
        version: config.version,
        body: config.body,
        previous: previous?.body ?? null,
        markedForDeletion: config.markedForDeletion,
      },
    );
    const name = `${path}:${config.version}`;
    planned.add(name);
    const jobs = plan.kind === 'work' ? plan.jobs.map((job) => canonicalJob({ ...job })) : [];
    const expected = recorded.get(name) ?? [];
    if (type.id === 'heat_template') continue;
    if (canonicalJson(jobs) !== canonicalJson(expected))
      misses.push(`${name}: ${canonicalJson(jobs)} instead of ${canonicalJson(expected)}`);
  }
  for (const name of recorded.keys()) if (!planned.has(name)) misses.push(`${name}: no config`);
  return { recorded: [...recorded.values()].flat().length, misses };
}

/** The recorded model, with the handlers of the run, in their recorded order. */
function modelOf(run: string): Model {
  const model = dumpedModel();
  const mappings = objectOf(readJson(run, 'template_mappings.json'));
  const types = [...model.types.values()].map((type): readonly [string, ResourceType] => {
    const handlers = Object.entries(mappings).flatMap(([handler, byType]): HandlerBinding[] => {
      const source = objectOf(byType)[type.id];
      return source === undefined ? [] : [{ handler, template: parseMapping(source, type.id), retry: null }];
    });
    return [type.id, { ...type, handlers }];
  });
  const byId = new Map(types);
  return { ...model, types: byId, byUrl: new Map([...byId.values()].map((type) => [type.url, type])) };
}

/** The recorded jobs of each workflow, in the order in which they came. */
function recordedJobs(events: readonly JsonObject[]): ReadonlyMap<string, readonly Json[]> {
  const found = new Map<string, Json[]>();
  const seen = new Set<string>();
  for (const { key, value } of events) {
    const job = objectOf(listOf(value)[1]);
    if (!String(key).startsWith('/jobs/all/') || typeof job.id !== 'string' || seen.has(job.id)) continue;
    seen.add(job.id);
    const name = String(job.job_name);
    found.set(name, [...(found.get(name) ?? []), canonicalJob(job)]);
  }
  return found;
}

/** A job without its id and dependencies; `params` are unordered. */
function canonicalJob(job: { readonly [field: string]: unknown }): Json {
  const { id, dependency, ...fields } = objectOf(JSON.parse(JSON.stringify(job)));
  const params = listOf(fields.params).map(objectOf);
  return { ...fields, params: params.sort((a, b) => (String(a.param) < String(b.param) ? -1 : 1)) };
}
