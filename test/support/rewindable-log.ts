import { memoryPersistence } from '../../src/store/embedded/memory-persistence.ts';
import type { LoadedLog, LogBatch, Persistence } from '../../src/store/embedded/persistence.ts';

/** A log in memory that can be put back to what it was. */
export class RewindableLog implements Persistence {
  #log = memoryPersistence();
  #saved: LogBatch | null = null;

  load(): LoadedLog {
    return this.#log.load();
  }

  commit(batch: LogBatch): void {
    this.#log.commit(batch);
  }

  read(row: number): string {
    return this.#log.read(row);
  }

  close(): void {}

  /** Keeps a copy of what it holds. */
  save(): void {
    const { compactRevision, records } = this.#log.load();
    this.#saved = { records: [...records], compaction: { revision: compactRevision, obsolete: [] } };
  }

  /** Holds what it held when it was saved last. False where it never was. No store may be open on it. */
  goBack(): boolean {
    if (this.#saved === null) return false;
    this.#log = memoryPersistence();
    this.#log.commit(this.#saved);
    return true;
  }
}
