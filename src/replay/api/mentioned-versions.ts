import {
  decodeConfig,
  decodeJob,
  decodeMonitoring,
  decodeProcessed,
  decodeState,
  parseJobKey,
  parseResourceKey,
} from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { RecordedEvent } from '../recorded-event.ts';

/**
 * The versions that a run mentions outside of /config: in states, jobs, observations, and by later versions. They prove
 * that a version existed whose /config is in no event.
 */
export class MentionedVersions {
  readonly #model: Model;
  /** '<url>/<id>' → versions that other records mention. */
  readonly #mentioned = new Map<string, Set<number>>();
  /** '<url>/<id>' → the last version under /config. */
  readonly #last = new Map<string, number>();

  constructor(model: Model, events: readonly RecordedEvent[]) {
    this.#model = model;
    for (const event of events) this.#note(event);
  }

  /** The proof that a version existed; null if there is none. */
  proofOf(url: string, id: string, version: number): string | null {
    const path = `${url}/${id}`;
    if (this.#mentioned.get(path)?.has(version) === true)
      return `a job or a state speaks of version ${version}, but its /config is in no event`;
    const last = this.#last.get(path) ?? 0;
    return last > version
      ? `/config of version ${last} is in an event, but that of version ${version} before it is in none`
      : null;
  }

  #note({ key, value }: RecordedEvent): void {
    if (parseJobKey(key) !== null) {
      const job = decodeJob(value)?.job;
      if (job !== undefined)
        this.#add(`${this.#model.types.get(job.resource_type)?.url}/${job.resource_id}`, job.version);
      return;
    }
    const resource = parseResourceKey(key);
    if (resource === null) return;
    const path = `${resource.url}/${resource.id}`;
    const version = versionIn(resource.family, value);
    if (version === undefined) return;
    if (resource.family === 'config') this.#last.set(path, Math.max(version, this.#last.get(path) ?? 0));
    else this.#add(path, version);
  }

  #add(path: string, version: number): void {
    this.#mentioned.set(path, (this.#mentioned.get(path) ?? new Set()).add(version));
  }
}

function versionIn(family: string, value: string): number | undefined {
  switch (family) {
    case 'config':
      return decodeConfig(value)?.version;
    case 'processed':
      return decodeProcessed(value)?.version;
    case 'state':
      return decodeState(value)?.version;
    case 'monitoring':
      return decodeMonitoring(value)?.version;
    default:
      return undefined;
  }
}
