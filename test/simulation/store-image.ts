import { isJsonObject, parseJson } from '../../src/kernel/json.ts';
import { type ConfigRecord, decodeConfig } from '../../src/records/config-record.ts';
import { decodeJob, type QueuedJob } from '../../src/records/job.ts';
import { type JobQueue, jobQueues, keys, parseJobKey, parseResourceKey } from '../../src/records/keys.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import type { KeyValue } from '../../src/store/store.ts';
import { virtualMs } from './simulated-process.ts';

/** A key, and when it became durable. */
export interface ImageEntry extends KeyValue {
  readonly committedAtMs: number;
}

/** Who wrote a revision, and when it was sent. */
export interface Signature {
  readonly writer: string;
  readonly sentAtMs: number;
}

/** One revision: what changed, without the signature. */
export interface Change {
  readonly revision: number;
  /** null: nobody, a lease has ended. */
  readonly signature: Signature | null;
  readonly records: readonly LogRecord[];
}

/** A resource from its first config to the end of it: its versions begin again in the next life. */
export interface Life {
  readonly path: string;
  /** Versions that were in /config, with their revisions. */
  readonly versions: Map<number, number>;
  readonly bornRevision: number;
  config: ConfigRecord;
}

/** What the store holds, as its log tells: nothing of the product's own reading of it but the records' forms. */
export class StoreImage {
  readonly entries = new Map<string, ImageEntry>();
  readonly jobs = new Map<string, QueuedJob>();
  /** The lists besides 'all' that a job stands in. */
  readonly places = new Map<string, Set<JobQueue>>();
  /** Resources whose config is there, by 'url/id'. */
  readonly lives = new Map<string, Life>();

  apply({ revision, records }: Change, nowMs: number): void {
    for (const { key, entry } of records) {
      if (entry === null) this.entries.delete(key);
      else this.entries.set(key, { ...entry, committedAtMs: nowMs });
      this.#applyJob(key, entry);
      this.#applyConfig(key, entry, revision);
    }
  }

  /** Of what was put before the history that is known, every earlier version was there, too. */
  completeVersions(): void {
    for (const { versions, bornRevision, config } of this.lives.values()) {
      for (let version = 0; version < config.version; version++) {
        if (!versions.has(version)) versions.set(version, bornRevision);
      }
    }
  }

  entryOf(queue: JobQueue, jobId: string): ImageEntry | undefined {
    return this.entries.get(`/jobs/${queue}/${jobId}`);
  }

  placesOf(jobId: string): readonly JobQueue[] {
    return jobQueues.filter((queue) => this.places.get(jobId)?.has(queue));
  }

  /** Ids of the jobs that stand in a list. */
  idsIn(queue: Exclude<JobQueue, 'all'>): readonly string[] {
    return [...this.places].flatMap(([jobId, places]) => (places.has(queue) ? [jobId] : []));
  }

  #applyJob(key: string, entry: KeyValue | null): void {
    const parsed = parseJobKey(key);
    if (parsed === null) return;
    const { queue, jobId } = parsed;
    if (queue === 'all') {
      const queued = entry === null ? null : decodeJob(entry.value);
      if (queued === null) this.jobs.delete(jobId);
      else this.jobs.set(jobId, queued);
      return;
    }
    const places = this.places.get(jobId) ?? new Set();
    if (entry === null) places.delete(queue);
    else places.add(queue);
    if (places.size === 0) this.places.delete(jobId);
    else this.places.set(jobId, places);
  }

  #applyConfig(key: string, entry: KeyValue | null, revision: number): void {
    const resource = parseResourceKey(key);
    if (resource?.family !== 'config') return;
    const path = `${resource.url}/${resource.id}`;
    const config = entry === null ? null : decodeConfig(entry.value);
    if (config === null) {
      this.lives.delete(path);
      return;
    }
    const life = this.lives.get(path) ?? { path, versions: new Map(), bornRevision: revision, config };
    life.config = config;
    if (!life.versions.has(config.version)) life.versions.set(config.version, revision);
    this.lives.set(path, life);
  }
}

/** The revisions of a group of records. */
export function changesOf(records: readonly LogRecord[]): readonly Change[] {
  const byRevision = new Map<number, LogRecord[]>();
  for (const record of records) {
    const group = byRevision.get(record.revision);
    if (group === undefined) byRevision.set(record.revision, [record]);
    else group.push(record);
  }
  return [...byRevision].map(([revision, all]) => {
    const signatures = all.flatMap((record) => signatureOf(record) ?? []);
    return {
      revision,
      signature: signatures.at(-1) ?? null,
      records: all.filter((record) => !record.key.startsWith(keys.writers)),
    };
  });
}

function signatureOf({ key, entry }: LogRecord): Signature | null {
  const value = key.startsWith(keys.writers) && entry !== null ? parseJson(entry.value) : null;
  if (!isJsonObject(value) || typeof value.writer !== 'string' || typeof value.timeMs !== 'number') return null;
  return { writer: value.writer, sentAtMs: virtualMs(value.timeMs) };
}
