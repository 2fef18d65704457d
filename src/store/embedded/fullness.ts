import {
  type FullStorage,
  type KamadoError,
  type Log,
  limits,
  type Runtime,
  type Storage,
  StorageGauge,
  type StorageState,
  stateOf,
  storageFull,
} from '../../kernel/index.ts';

/** The state of an embedded store's memory, by water marks, and of its disk. */
export class Fullness implements Storage {
  readonly #memory: StorageGauge;
  readonly #disk: Storage | undefined;
  readonly #highWaterBytes: number;

  /** @param highWaterBytes memory beyond which clients can't add to it */
  constructor(
    context: { readonly runtime: Runtime; readonly log: Log },
    highWaterBytes: number,
    disk: Storage | undefined,
  ) {
    this.#memory = new StorageGauge({ ...context, hasSpace: null });
    this.#highWaterBytes = highWaterBytes;
    this.#disk = disk;
  }

  get state(): StorageState {
    return stateOf([this.#disk, this.#memory]);
  }

  /** Records the memory of the store. */
  note(bytes: number): void {
    if (bytes >= this.#highWaterBytes) this.#memory.fill(this.#full);
    else if (bytes <= this.#highWaterBytes * limits.embeddedStoreLowWater) this.#memory.drain();
  }

  /**
   * Returns the number of bytes by which a transaction may increase the store; without a limit as long as there is
   * reserve.
   */
  growthBytes(bytes: number): number {
    const mostBytes = this.#highWaterBytes * limits.embeddedStoreReserve;
    return bytes < mostBytes ? Number.POSITIVE_INFINITY : limits.embeddedSmallGrowthBytes;
  }

  /** The error of a transaction that would exceed that. */
  get error(): KamadoError {
    return storageFull(this.#full);
  }

  get #full(): FullStorage {
    return {
      what: 'embedded store',
      reason: `it takes the ${this.#highWaterBytes} bytes of memory up to which clients can add to it`,
      remedy:
        'Delete what is not needed. For more, give the process more memory (NODE_OPTIONS=--max-old-space-size=<MiB>), ' +
        'or keep the store in etcd (--etcd).',
    };
  }
}
