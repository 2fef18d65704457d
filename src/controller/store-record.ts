import { jsonEqual } from '../kernel/json.ts';
import { type ConfigRecord, decodeConfig, decodeProcessed, type ProcessedConfig } from '../records/config-record.ts';
import { decodeHandler, decodeWorker } from '../records/handler-record.ts';
import { decodeJob, type QueuedJob } from '../records/job.ts';
import { decodeFailure, type JobFailure, parseFailureKey } from '../records/job-failure.ts';
import { decodeLoss, type JobLoss, parseLossKey } from '../records/job-loss.ts';
import { type JobQueue, keys, parseJobKey, type ResourceKey } from '../records/keys.ts';
import { decodeState, type StateRecord } from '../records/state-record.ts';
import type { MirrorEntry } from './mirror.ts';
import type { ResourceViews } from './resource-view.ts';

/**
 * A value of the store as the controller keeps it: decoded once, without its text, so that large resources are held once.
 * null stands for a value that says nothing.
 */
export type StoreRecord =
  | { readonly kind: 'config'; readonly path: string; readonly value: ConfigRecord | null }
  | { readonly kind: 'processed' | 'applied'; readonly path: string; readonly value: ProcessedConfig | null }
  | { readonly kind: 'state'; readonly path: string; readonly value: StateRecord | null }
  | { readonly kind: 'failure'; readonly path: string; readonly value: JobFailure | null }
  | { readonly kind: 'job'; readonly jobId: string; readonly value: QueuedJob | null }
  | { readonly kind: 'place'; readonly jobId: string; readonly queue: Exclude<JobQueue, 'all'>; readonly text: string }
  | { readonly kind: 'loss'; readonly jobId: string; readonly value: JobLoss | null }
  | { readonly kind: 'handler'; readonly canModify: boolean | null }
  | { readonly kind: 'worker'; readonly handlers: readonly string[] }
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'unknown' };

/** A key of the store as the controller knows it. */
export type StoreEntry = MirrorEntry<StoreRecord>;

const unknown: StoreRecord = { kind: 'unknown' };

/** Reads a value. @param resources what is known already: equal bodies become one */
export function readRecord(resources: ResourceViews, key: string, text: string): StoreRecord {
  const failed = parseFailureKey(key);
  if (failed !== null) return { kind: 'failure', path: failed, value: decodeFailure(text) };
  const resource = resources.parse(key);
  if (resource !== null) return readResource(resources, resource.path, resource.key, text);
  return readJob(key, text) ?? readOther(key, text);
}

function readResource(resources: ResourceViews, path: string, { family }: ResourceKey, text: string): StoreRecord {
  switch (family) {
    case 'config':
      return { kind: family, path, value: decodeConfig(text) };
    case 'processed':
      return { kind: family, path, value: sharing(resources.get(path).config?.value, decodeProcessed(text)) };
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

/** What was planned last is mostly what the config is: one body for both takes an eighth less memory for everything. */
function sharing(config: ConfigRecord | undefined, processed: ProcessedConfig | null): ProcessedConfig | null {
  if (config === undefined || processed === null) return processed;
  return jsonEqual(processed.body, config.body) ? { ...processed, body: config.body } : processed;
}

/** The record of a job's key; null for other keys. */
function readJob(key: string, text: string): StoreRecord | null {
  const lost = parseLossKey(key);
  if (lost !== null) return { kind: 'loss', jobId: lost, value: decodeLoss(text) };
  const job = parseJobKey(key);
  if (job === null) return null;
  const { jobId, queue } = job;
  return queue === 'all' ? { kind: 'job', jobId, value: decodeJob(text) } : { kind: 'place', jobId, queue, text };
}

function readOther(key: string, text: string): StoreRecord {
  if (key.startsWith(keys.handlers)) return { kind: 'handler', canModify: decodeHandler(text)?.canModify ?? null };
  if (key.startsWith(keys.workers)) return { kind: 'worker', handlers: decodeWorker(text) };
  return key.startsWith(keys.jobRequests) ? { kind: 'request', text } : unknown;
}
