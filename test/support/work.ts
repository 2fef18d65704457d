import assert from 'node:assert/strict';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';
import { type Log, type LogFields, silentLog } from '../../src/kernel/log.ts';
import { encodeConfig } from '../../src/records/config-record.ts';
import { decodeJob, type QueuedJob } from '../../src/records/job.ts';
import { type Family, type JobQueue, jobKey, resourceKey } from '../../src/records/keys.ts';
import { decodeState, type StateRecord } from '../../src/records/state-record.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { Model, ResourceType } from '../../src/schema/model.ts';
import { openEmbeddedStore } from '../../src/store/embedded/embedded-store.ts';
import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import { oneKey, type Store, withPrefix } from '../../src/store/store.ts';
import { until } from './until.ts';

const text = { type: 'string', permission: ['create', 'update'] };
const link = (relation: string): JsonObject => ({
  type: ['string', 'null'],
  permission: ['create', 'update'],
  relation,
});

function schema(id: string, properties: JsonObject, metadata: JsonObject): JsonObject {
  return {
    id,
    singular: id,
    plural: `${id}s`,
    prefix: '/v2.0',
    title: id,
    metadata,
    schema: {
      type: 'object',
      properties: { id: { ...text, unique: true }, name: { ...text, default: '' }, ...properties },
    },
  };
}

const work = (...handlers: readonly (readonly [string, Json])[]): JsonObject => ({
  state_versioning: true,
  status_machine: '2017',
  handlers: handlers.map(([handler, template]) => ({ handler, template })),
});
const status: JsonObject = { status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] } };

/** Types of every kind that the controller treats in a way of its own. */
export const workModel: Model = compileModel([
  // Parts are built by a handler that can modify, on other parts.
  schema(
    'part',
    { on_id: link('part'), also_id: link('part'), secret: { ...text, default: '', secret: true }, ...status },
    work(['builder', 'Cpart']),
  ),
  // Looks are made by a handler that can't modify.
  schema('look', { at_id: link('part'), ...status }, work(['looker', 'Clook'])),
  // Both, in this order.
  schema('both', { on_id: link('part'), ...status }, work(['builder', 'Cpart_both'], ['looker', 'Clook_both'])),
  schema('plain', { ...status }, { state_versioning: true, status_machine: '2017' }),
  // Worked on where its kind says so.
  schema(
    'sometimes',
    { kind: { ...text, default: '' }, ...status },
    work([
      'builder',
      {
        if_mapping: { equal: [{ field: 'kind' }, 'work'] },
        then_mapping: 'Cnothing',
        else_mapping: { constant: null },
      },
    ]),
  ),
  schema('unversioned', {}, {}),
  schema(
    'heat_template',
    { handler: text, parameter_mappings: { type: 'object', permission: ['create', 'update'] }, template_file: text },
    {},
  ),
]);

/** The templates that the types name. */
export const templates: { readonly [id: string]: JsonObject } = {
  part: {
    name: { field: 'name' },
    secret: { field: 'secret' },
    on: { field: 'name', path: ['on_id'], ignore_missing: true },
    also: { field: 'name', path: ['also_id'], ignore_missing: true },
  },
  part_both: { name: { field: 'name' }, on: { field: 'name', path: ['on_id'], ignore_missing: true } },
  look: { at: { field: 'name', path: ['at_id'] } },
  look_both: { own: { field: 'name' } },
  nothing: {},
};

export function typeOf(id: string): ResourceType {
  const type = workModel.types.get(id);
  assert.ok(type, id);
  return type;
}

export function openStore(): Promise<Store> {
  return openEmbeddedStore({ runtime: systemRuntime, persistence: memoryPersistence(), log: silentLog });
}

/** The key of a resource of the model. */
export function keyOf(family: Family, typeId: string, id: string): string {
  return resourceKey(family, typeOf(typeId).url, id);
}

/** Writes and reads a store as the other rooms would. */
export class Desk {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  async put(key: string, value: string): Promise<number> {
    return (await this.store.transact({ success: [{ type: 'put', key, value }] })).revision;
  }

  async remove(...keys: readonly string[]): Promise<void> {
    await this.store.transact({ success: keys.map((key) => ({ type: 'delete', range: oneKey(key) })) });
  }

  async config(typeId: string, id: string, version: number, body: JsonObject = {}, marked = false): Promise<void> {
    const value = encodeConfig(JSON.stringify({ id, ...body }), version, marked);
    await this.put(keyOf('config', typeId, id), value);
  }

  async templates(): Promise<void> {
    for (const [id, parameter_mappings] of Object.entries(templates)) {
      await this.config('heat_template', id, 1, { parameter_mappings, template_file: 'a: 1' });
    }
  }

  /** What sync does when a row is gone. */
  async removeConfig(typeId: string, id: string): Promise<void> {
    await this.remove(keyOf('config', typeId, id), keyOf('state', typeId, id));
  }

  async value(key: string): Promise<string | undefined> {
    return (await this.store.get(oneKey(key))).entries[0]?.value;
  }

  async keys(prefix: string): Promise<readonly string[]> {
    return (await this.store.get(withPrefix(prefix))).entries.map((entry) => entry.key);
  }

  async revision(): Promise<number> {
    return (await this.store.get(oneKey('/'))).revision;
  }

  async state(typeId: string, id: string): Promise<StateRecord | null> {
    const value = await this.value(keyOf('state', typeId, id));
    return value === undefined ? null : decodeState(value);
  }

  /** Waits for the state of a version. */
  answer(typeId: string, id: string, version: number): Promise<StateRecord> {
    return until(async () => {
      const state = await this.state(typeId, id);
      return state?.version === version && state;
    }, `the state of ${typeId} ${id} ${version}`);
  }

  /** All jobs, in the order of their ids. */
  async jobs(): Promise<readonly QueuedJob[]> {
    const { entries } = await this.store.get(withPrefix('/jobs/all/'));
    return entries.flatMap((entry) => decodeJob(entry.value) ?? []);
  }

  /** The names 'action:handler:type:id:version' of the jobs in a list. */
  async list(queue: JobQueue): Promise<readonly string[]> {
    const found = await this.keys(`/jobs/${queue}/`);
    return found.map((key) => key.slice(`/jobs/${queue}/`.length, -6));
  }

  /** Waits until a job of that name stands in a list. */
  job(queue: JobQueue, name: string): Promise<string> {
    return until(async () => {
      const prefix = jobKey(queue, `${name}:`);
      return (await this.keys(prefix))[0]?.slice(`/jobs/${queue}/`.length);
    }, `${name} in ${queue}`);
  }

  /** Waits until no job of that name is left. */
  async gone(name: string): Promise<void> {
    await until(async () => (await this.keys(jobKey('all', `${name}:`))).length === 0, `${name} gone`);
  }

  /** Does what a worker does for a ready job. */
  async work(name: string, error: string | null = null): Promise<void> {
    const jobId = await this.job('ready', name);
    await this.claim(jobId);
    await this.finish(jobId, error);
  }

  async claim(jobId: string, lease?: string): Promise<void> {
    const working = { type: 'put', key: jobKey('working', jobId), value: 'test' } as const;
    await this.store.transact({
      success: [
        lease === undefined ? working : { ...working, lease },
        { type: 'delete', range: oneKey(jobKey('ready', jobId)) },
      ],
    });
  }

  async finish(jobId: string, error: string | null = null): Promise<void> {
    const record = await this.value(jobKey('all', jobId));
    const job = record === undefined ? undefined : decodeJob(record)?.job;
    assert.ok(job, jobId);
    const fails = error !== null && job.on_failure === 'fail';
    const state = { error: fails ? error : '', state: { worker_state: 'DONE' }, version: job.version };
    const put = {
      type: 'put',
      key: keyOf('state', job.resource_type, job.resource_id),
      value: JSON.stringify(state),
    } as const;
    await this.store.transact({
      success: [
        ...(job.is_last || fails ? [put] : []),
        { type: 'put', key: jobKey('finished', jobId), value: error === null ? '' : JSON.stringify([error]) },
        { type: 'delete', range: oneKey(jobKey('working', jobId)) },
      ],
    });
  }
}

/** A log that remembers lines of the levels warn and error. */
export function recordingLog(): {
  readonly log: Log;
  readonly lines: { level: string; fields: LogFields; message: string }[];
} {
  const lines: { level: string; fields: LogFields; message: string }[] = [];
  const log: Log = {
    ...silentLog,
    warn: (fields, message) => lines.push({ level: 'warn', fields, message }),
    error: (fields, message) => lines.push({ level: 'error', fields, message }),
    child: () => log,
  };
  return { log, lines };
}

export function objectOf(value: string | undefined): JsonObject {
  const parsed = value === undefined ? undefined : parseJson(value);
  assert.ok(isJsonObject(parsed), value);
  return parsed;
}
