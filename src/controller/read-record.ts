import { type JsonObject, jsonEqual } from '../kernel/index.ts';
import {
  decodeConfig,
  decodeFailure,
  decodeHandler,
  decodeJob,
  decodeLoss,
  decodeProcessed,
  decodeState,
  decodeWorker,
  keys,
  type ProcessedConfig,
  parseFailureKey,
  parseJobKey,
  parseLossKey,
  type QueuedJob,
  type ResourceKey,
} from '../records/index.ts';
import { pathKey, type ResourceViews } from './resource-view.ts';
import type { StoreRecord } from './store-record.ts';

const unknown: StoreRecord = { kind: 'unknown' };

/** Reads a value. @param resources the known resources: equal bodies are shared */
export function readRecord(resources: ResourceViews, key: string, text: string): StoreRecord {
  const failed = parseFailureKey(key);
  if (failed !== null) return { kind: 'failure', path: failed, value: decodeFailure(text) };
  const resource = resources.parse(key);
  if (resource !== null) return readResource(resources, resource.path, resource.key, text);
  return readJob(resources, key, text) ?? readOther(key, text);
}

function readResource(resources: ResourceViews, path: string, { family }: ResourceKey, text: string): StoreRecord {
  switch (family) {
    case 'config':
      return { kind: family, path, value: decodeConfig(text) };
    case 'processed':
      return { kind: family, path, value: planned(resources, path, decodeProcessed(text)) };
    case 'applied':
      return { kind: family, path, value: decodeProcessed(text) };
    case 'state':
      return { kind: family, path, value: decodeState(text) };
    case 'monitoring':
    case 'jobState':
    case 'heatStack':
    case 'hostKey':
      return unknown;
  }
}

function planned(resources: ResourceViews, path: string, record: ProcessedConfig | null): ProcessedConfig | null {
  return record === null ? null : { ...record, body: shared(resources, path, record.body) };
}

/**
 * The body of the known config if it is equal. The last planned config and the input of jobs mostly equal the config,
 * so sharing one body saves memory.
 */
function shared(resources: ResourceViews, path: string, body: JsonObject): JsonObject {
  const known = resources.get(path).config?.value.body;
  return known !== undefined && jsonEqual(known, body) ? known : body;
}

/** The record of a job's key; null for other keys. */
function readJob(resources: ResourceViews, key: string, text: string): StoreRecord | null {
  const lost = parseLossKey(key);
  if (lost !== null) return { kind: 'loss', jobId: lost, value: decodeLoss(text) };
  const job = parseJobKey(key);
  if (job === null) return null;
  const { jobId, queue } = job;
  if (queue !== 'all') return { kind: 'place', jobId, queue, text };
  return { kind: 'job', jobId, value: withSharedBody(resources, decodeJob(text)) };
}

function withSharedBody(resources: ResourceViews, queued: QueuedJob | null): QueuedJob | null {
  if (queued === null) return null;
  const { resource_type: type, resource_id: id, resource_input: body } = queued.job;
  return { ...queued, job: { ...queued.job, resource_input: shared(resources, pathKey(type, id), body) } };
}

function readOther(key: string, text: string): StoreRecord {
  if (key.startsWith(keys.handlers)) return { kind: 'handler', canModify: decodeHandler(text)?.canModify ?? null };
  if (key.startsWith(keys.workers)) return { kind: 'worker', handlers: decodeWorker(text) };
  return key.startsWith(keys.jobRequests) ? { kind: 'request', text } : unknown;
}
