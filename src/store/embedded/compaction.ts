import { limits, type Runtime } from '../../kernel/index.ts';
import type { EmbeddedLimits } from './embedded-limits.ts';
import type { LogBatch } from './persistence.ts';
import type { Versions } from './versions.ts';

/** The services of the store that compaction needs. */
export interface CompactionContext {
  readonly runtime: Runtime;
  readonly versions: Versions;
  readonly limits: EmbeddedLimits;
  /** Returns whether the batch was written. */
  readonly commit: (batch: LogBatch) => boolean;
  /** On a full disk, history can be removed. */
  readonly isDiskFull: () => boolean;
}

/** Removes history: on request, and to stay within the limits. */
export class Compaction {
  readonly #context: CompactionContext;
  /** The requested compact revision. */
  #wanted = 0;
  /**
   * Rows of removed history that are still in the log, the older ones first: an older value must not outlive a newer
   * one.
   */
  #obsolete: readonly number[];
  #turnPending = false;

  constructor(context: CompactionContext) {
    this.#context = context;
    this.#obsolete = context.versions.leftover;
  }

  want(revision: number): void {
    this.#wanted = Math.max(this.#wanted, revision);
  }

  /** Compacts as far as needed now. */
  run(): void {
    const { versions, limits: most, isDiskFull } = this.#context;
    const step = limits.embeddedCompactionRevisions;
    const wanted = isDiskFull() ? versions.revision : this.#wanted;
    if (wanted > versions.compactRevision) this.#compact(wanted);
    const surplus = versions.revision - versions.compactRevision - most.historyRevisions;
    if (surplus >= step) this.#compact(versions.compactRevision + surplus);
    const historyBytes = this.#historyBytes();
    while (versions.historyBytes > historyBytes && versions.compactRevision < versions.revision) {
      this.#compact(Math.min(versions.compactRevision + step, versions.revision));
    }
  }

  /** Current data has priority over history, except for a small part, so that watches aren't cut off at each change. */
  #historyBytes(): number {
    const { versions, limits: most } = this.#context;
    const space = most.storeBytes * limits.embeddedStoreLowWater - versions.liveBytes;
    return Math.min(most.historyBytes, Math.max(space, most.storeBytes * limits.embeddedHistoryLeast));
  }

  #compact(revision: number): void {
    const { versions, commit, isDiskFull } = this.#context;
    this.#obsolete = [...this.#obsolete, ...versions.compact(revision)];
    const isWritten = !isDiskFull() && commit({ records: [], compaction: { revision, obsolete: this.#obsolete } });
    if (isWritten) this.#obsolete = [];
    else this.#removeSome();
  }

  /** Removes a few rows at a time if there is little space, and the rest in later turns. */
  #removeSome(): void {
    const { versions, commit, runtime } = this.#context;
    const revision = versions.compactRevision;
    for (let part = 0; part < limits.embeddedCompactionParts && this.#obsolete.length > 0; part++) {
      const obsolete = this.#obsolete.slice(0, limits.embeddedCompactionPartRows);
      // Rows that can't be removed now are removed with the next compaction.
      if (!commit({ records: [], compaction: { revision, obsolete } })) return;
      this.#obsolete = this.#obsolete.slice(obsolete.length);
    }
    if (this.#obsolete.length === 0 || this.#turnPending) return;
    this.#turnPending = true;
    runtime.nextTurn(() => {
      this.#turnPending = false;
      this.#removeSome();
    });
  }
}
