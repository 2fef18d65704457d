import type { ConfigEvent } from '../database/index.ts';
import { decodeFailure, encodeFailure, failureKey, type JobFailure, keys, parseFailureKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import { type Operation, readAll, withPrefix } from '../store/index.ts';
import type { SyncContext } from './sync-context.ts';

/**
 * Records that the past of resources is unknown, for a store that has lost a part of its history and doesn't tell
 * whether a worker had begun with a resource. Such a resource counts as begun until it works again: so effects that
 * must be undone are never taken for effects that never existed.
 */
export class UnknownPast {
  readonly #model: Model;
  readonly #nowMs: () => number;
  /** 'type:id' → the record about it. */
  readonly #noted: ReadonlyMap<string, JobFailure>;

  constructor({ model, runtime }: Pick<SyncContext, 'model' | 'runtime'>, noted: ReadonlyMap<string, JobFailure>) {
    this.#model = model;
    this.#nowMs = runtime.nowMs;
    this.#noted = noted;
  }

  /**
   * The record about a resource, for the transaction that writes its config: no reader may see the config without it.
   */
  noteOf({ type, resourceId, version }: Pick<ConfigEvent, 'type' | 'resourceId' | 'version'>): readonly Operation[] {
    if ((this.#model.types.get(type)?.handlers.length ?? 0) === 0) return [];
    const path = `${type}:${resourceId}`;
    const noted = this.#noted.get(path);
    if (noted?.begun === true) return [];
    const failure = { jobId: '', version, atMs: this.#nowMs(), ...noted, begun: true };
    return [{ type: 'put', key: failureKey(path), value: encodeFailure(failure) }];
  }
}

/** Reads the existing records: a repeated repair doesn't write them again. */
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
