import { Backoff, type PauseLimits } from './backoff.ts';
import { errorText, isKamadoError, KamadoError } from './errors.ts';
import { limits } from './limits.ts';
import type { Log, LogFields } from './log.ts';
import type { Runtime, Timer } from './runtime.ts';

/** The reason why a storage is full, and the remedy. */
export interface FullStorage {
  /** The full storage, as a message names it: 'store', 'data folder /var/lib/kamado'. */
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Whether a database or a store accepts growth. While it is 'readOnly', reads, deletions and work under way continue,
 * as far as its reserve lasts; clients can't add to it.
 */
export type StorageState =
  | { readonly kind: 'writable' }
  | ({ readonly kind: 'readOnly'; readonly sinceMs: number } & FullStorage);

/** A storage that can be full. */
export interface Storage {
  readonly state: StorageState;
  /** Checks again if the known state may be old, without waiting. Absent if it is never old. */
  readonly refresh?: () => void;
}

/** The pauses between checks of a full storage. */
export type ProbeLimits = PauseLimits;

const PROBE_LIMITS: ProbeLimits = { firstMs: limits.storageProbeFirstMs, longestMs: limits.storageProbeLongestMs };

/** The options of a gauge. */
interface GaugeOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Whether there is space again. Checked from time to time, only while it is full. null: its owner calls `drain`. */
  readonly hasSpace: (() => Promise<boolean>) | null;
  readonly probe?: ProbeLimits;
}

/** The state of a storage. Each change is logged once. */
export class StorageGauge implements Storage {
  readonly #options: GaugeOptions;
  readonly #probe: ProbeLimits;
  #state: StorageState = { kind: 'writable' };
  #timer: Timer | null = null;
  readonly #pauses: Backoff;
  #drainedAtMs = Number.NEGATIVE_INFINITY;
  #closed = false;

  constructor(options: GaugeOptions) {
    this.#options = options;
    this.#probe = options.probe ?? PROBE_LIMITS;
    this.#pauses = new Backoff(this.#probe);
  }

  get state(): StorageState {
    return this.#state;
  }

  /** Marks it as full, until there is space. */
  fill(full: FullStorage): void {
    if (this.#state.kind === 'readOnly' || this.#closed) return;
    const { runtime, log } = this.#options;
    this.#state = { kind: 'readOnly', sinceMs: runtime.nowMs(), ...full };
    log.error({ ...full }, 'Clients can add nothing until there is space; reads and deletions continue.');
    // A storage that fills up again at once is not checked more often.
    if (runtime.monotonicMs() - this.#drainedAtMs > this.#probe.longestMs) this.#pauses.reset();
    this.#lookLater();
  }

  /** Marks it as writable again. */
  drain(): void {
    if (this.#state.kind === 'writable') return;
    const { runtime, log } = this.#options;
    const { what, sinceMs } = this.#state;
    this.#state = { kind: 'writable' };
    this.#drainedAtMs = runtime.monotonicMs();
    log.info({ what, tookMs: Math.round(runtime.nowMs() - sinceMs) }, 'There is space again.');
  }

  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
  }

  #lookLater(): void {
    const { runtime, hasSpace } = this.#options;
    if (hasSpace === null || this.#closed) return;
    this.#timer = runtime.after(this.#pauses.nextMs(), () => {
      void hasSpace()
        .catch(() => false)
        .then((found) => {
          if (this.#closed) return;
          if (found) this.drain();
          else this.#lookLater();
        });
    });
  }
}

/** The state of the first of several storages that is full, or 'writable'. */
export function stateOf(storages: readonly (Storage | undefined)[]): StorageState {
  for (const storage of storages) if (storage?.state.kind === 'readOnly') return storage.state;
  return { kind: 'writable' };
}

/** Logs a failure as a warning, but at level debug if a gauge has logged the reason already: a storage is full. */
export function warnUnlessFull(log: Log, error: unknown, fields: LogFields, message: string): void {
  const reported = isKamadoError(error, 'STORAGE_FULL');
  log[reported ? 'debug' : 'warn']({ ...fields, reason: errorText(error) }, message);
}

/** Returns STORAGE_FULL. */
export function storageFull({ what, reason, remedy }: FullStorage, cause?: unknown): KamadoError {
  return new KamadoError('STORAGE_FULL', { what, reason, remedy }, { cause });
}

/** Refuses additions of a client if there is no space for them. @throws STORAGE_FULL */
export function requireSpace(storages: readonly (Storage | undefined)[]): void {
  for (const storage of storages) storage?.refresh?.();
  const state = stateOf(storages);
  if (state.kind === 'readOnly') throw storageFull(state);
}
