import type { ConfigEvent } from '../database/index.ts';
import { decodeFailure, encodeFailure, failureKey, type JobFailure, keys, parseFailureKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import { type Operation, readAll, withPrefix } from '../store/index.ts';
import type { SyncContext } from './sync-context.ts';

/**
 * What a store that has lost a part of its history doesn't tell: whether a worker had begun with anything for a resource.
 * So that counts as begun, until the resource works again: what is to be undone is never taken for what was never made.
 */
export class UnknownPast {
  readonly #model: Model;
  readonly #nowMs: () => number;
  /** 'type:id' → what is noted about it. */
  readonly #noted: ReadonlyMap<string, JobFailure>;

  constructor({ model, runtime }: Pick<SyncContext, 'model' | 'runtime'>, noted: ReadonlyMap<string, JobFailure>) {
    this.#model = model;
    this.#nowMs = runtime.nowMs;
    this.#noted = noted;
  }

  /** The note about a resource, for the transaction that writes its config: nobody may see that one without it. */
  noteOf({ type, resourceId, version }: Pick<ConfigEvent, 'type' | 'resourceId' | 'version'>): readonly Operation[] {
    if ((this.#model.types.get(type)?.handlers.length ?? 0) === 0) return [];
    const path = `${type}:${resourceId}`;
    const noted = this.#noted.get(path);
    if (noted?.begun === true) return [];
    const failure = { jobId: '', version, atMs: this.#nowMs(), ...noted, begun: true };
    return [{ type: 'put', key: failureKey(path), value: encodeFailure(failure) }];
  }
}

/** Reads what is noted already: a repair that is repeated writes nothing again. */
export async function readUnknownPast(context: SyncContext): Promise<UnknownPast> {
  const { entries } = await readAll(context.store, withPrefix(keys.jobFailures));
  const noted = new Map<string, JobFailure>();
  for (const { key, value } of entries) {
    const path = parseFailureKey(key);
    const failure = decodeFailure(value);
    if (path !== null && failure !== null) noted.set(path, failure);
  }
  return new UnknownPast(context, noted);
}
