import { Backoff, type PauseLimits } from './backoff.ts';
import { errorText, isKamadoError, KamadoError } from './errors.ts';
import { limits } from './limits.ts';
import type { Log, LogFields } from './log.ts';
import type { Runtime, Timer } from './runtime.ts';

/** Why something is full, and what can be done. */
export interface FullStorage {
  /** What is full, as a message names it: 'store', 'data folder /var/lib/kamado'. */
  readonly what: string;
  readonly reason: string;
  readonly remedy: string;
}

/**
 * Whether a database or a store takes what makes it grow. Reads, deletions and work under way go on while it is
 * 'readOnly', as far as its reserve lasts; clients can't add to it.
 */
export type StorageState =
  | { readonly kind: 'writable' }
  | ({ readonly kind: 'readOnly'; readonly sinceMs: number } & FullStorage);

/** Something that can be full. */
export interface Storage {
  readonly state: StorageState;
  /** Looks again where what is known may be old; nothing is waited for. Absent where it is never old. */
  readonly refresh?: () => void;
}

/** How often something full is looked at. */
export type ProbeLimits = PauseLimits;

const PROBE_LIMITS: ProbeLimits = { firstMs: limits.storageProbeFirstMs, longestMs: limits.storageProbeLongestMs };

/** What a gauge needs. */
interface GaugeOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  /** Whether there is room again; asked from time to time, only while it is full. Null: its owner calls `drain`. */
  readonly hasSpace: (() => Promise<boolean>) | null;
  readonly probe?: ProbeLimits;
}

/** The state of a storage. The log tells of each change once. */
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

  /** It is full, until there is room. */
  fill(full: FullStorage): void {
    if (this.#state.kind === 'readOnly' || this.#closed) return;
    const { runtime, log } = this.#options;
    this.#state = { kind: 'readOnly', sinceMs: runtime.nowMs(), ...full };
    log.error({ ...full }, 'Clients can add nothing until there is room; reads and deletions go on.');
    // What fills up again at once is not looked at more often for that.
    if (runtime.monotonicMs() - this.#drainedAtMs > this.#probe.longestMs) this.#pauses.reset();
    this.#lookLater();
  }

  /** There is room again. */
  drain(): void {
    if (this.#state.kind === 'writable') return;
    const { runtime, log } = this.#options;
    const { what, sinceMs } = this.#state;
    this.#state = { kind: 'writable' };
    this.#drainedAtMs = runtime.monotonicMs();
    log.info({ what, tookMs: Math.round(runtime.nowMs() - sinceMs) }, 'There is room again.');
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

/** The first of several that is full, or 'writable'. */
export function stateOf(storages: readonly (Storage | undefined)[]): StorageState {
  for (const storage of storages) if (storage?.state.kind === 'readOnly') return storage.state;
  return { kind: 'writable' };
}

/** Warns of a failure, but only at level debug where a gauge has told the reason already: something is full. */
export function warnUnlessFull(log: Log, error: unknown, fields: LogFields, message: string): void {
  const reported = isKamadoError(error, 'STORAGE_FULL');
  log[reported ? 'debug' : 'warn']({ ...fields, reason: errorText(error) }, message);
}

/** STORAGE_FULL. */
export function storageFull({ what, reason, remedy }: FullStorage, cause?: unknown): KamadoError {
  return new KamadoError('STORAGE_FULL', { what, reason, remedy }, { cause });
}

/** Refuses what a client adds where there is no room for it. @throws STORAGE_FULL */
export function requireSpace(storages: readonly (Storage | undefined)[]): void {
  for (const storage of storages) storage?.refresh?.();
  const state = stateOf(storages);
  if (state.kind === 'readOnly') throw storageFull(state);
}
