import { DiskReserve, type Log, type Runtime } from '../kernel/index.ts';

/**
 * The reserved space on the disks of the folders that hold databases: one reserve for each folder, which its databases
 * share.
 */
export class DiskReserves {
  readonly #context: { readonly runtime: Runtime; readonly log: Log };
  readonly #reserves = new Map<string, Promise<DiskReserve>>();

  constructor({ runtime, log }: { readonly runtime: Runtime; readonly log: Log }) {
    this.#context = { runtime, log };
  }

  /** The reserve of an existing folder. */
  of(folder: string): Promise<DiskReserve> {
    const known = this.#reserves.get(folder);
    if (known !== undefined) return known;
    const opened = DiskReserve.open({ ...this.#context, folder });
    this.#reserves.set(folder, opened);
    return opened;
  }

  async close(): Promise<void> {
    for (const reserve of await Promise.allSettled(this.#reserves.values())) {
      if (reserve.status === 'fulfilled') reserve.value.close();
    }
  }
}
