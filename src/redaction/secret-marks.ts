import { limits } from '../kernel/index.ts';
import { decodeSecretNames, parseSecretMarkKey } from '../records/index.ts';

const nothing: ReadonlySet<string> = new Set();

/**
 * The marks of secrets in the store, as far as they were read or received. A mark stays valid even after it is removed,
 * since readers of the store's history see the values that were written with it. The number of kept marks is limited:
 * without its mark a job shows no parameter, and without their marks stacks show no output.
 */
export class SecretMarks {
  readonly #jobs = new Map<string, ReadonlySet<string>>();
  readonly #outputs = new Map<string, ReadonlySet<string>>();
  /** 'type/property' → the revision of its mark. */
  readonly #properties = new Map<string, number>();
  readonly #typesOfProperties = new Set<string>();
  /** Known sets of names: most jobs share those of a few templates. */
  readonly #sets = new Map<string, ReadonlySet<string>>();
  #hasForgottenOutputs = false;

  /** Adds a mark. Ignores every other key. */
  learn(key: string, value: string, modRevision: number): void {
    const mark = parseSecretMarkKey(key);
    switch (mark?.kind) {
      case undefined:
        return;
      case 'jobs': {
        const names = this.#namesIn(value);
        if (names !== null) keep(this.#jobs, mark.jobId, names);
        return;
      }
      case 'outputs': {
        const known = this.#outputs.get(mark.path) ?? nothing;
        const names = new Set([...known, ...(this.#namesIn(value) ?? nothing)]);
        if (keep(this.#outputs, mark.path, names)) this.#hasForgottenOutputs = true;
        return;
      }
      case 'properties': {
        const name = `${mark.type}/${mark.property}`;
        this.#properties.set(name, Math.max(modRevision, this.#properties.get(name) ?? 0));
        this.#typesOfProperties.add(mark.type);
        return;
      }
    }
  }

  /** The secret parameters of a job. undefined if its mark isn't known. */
  ofJob(jobId: string): ReadonlySet<string> | undefined {
    return this.#jobs.get(jobId);
  }

  /** Whether an output of a resource's stack is secret although its name doesn't indicate it. */
  isSecretOutput(path: string, name: string): boolean {
    return this.#outputs.get(path)?.has(name) ?? this.#hasForgottenOutputs;
  }

  /** Whether a type has properties that were secret once. */
  hasFormer(type: string): boolean {
    return this.#typesOfProperties.has(type);
  }

  /** Whether a property was secret when a value was written. */
  wasSecret(type: string, property: string, revision: number): boolean {
    return revision <= (this.#properties.get(`${type}/${property}`) ?? 0);
  }

  #namesIn(value: string): ReadonlySet<string> | null {
    const known = this.#sets.get(value);
    if (known !== undefined) return known;
    const names = decodeSecretNames(value);
    if (names !== null) keep(this.#sets, value, names);
    return names;
  }
}

/** Keeps an entry as the newest. Returns whether the oldest one was dropped for it. */
function keep<Value>(map: Map<string, Value>, key: string, value: Value): boolean {
  map.delete(key);
  map.set(key, value);
  if (map.size <= limits.secretMarks) return false;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
  return true;
}
