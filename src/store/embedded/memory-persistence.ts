import type { LogRecord, Persistence } from './persistence.ts';

/** Returns a log in memory. It survives its store: the next store that opens it finds the committed records. */
export function memoryPersistence(): Persistence {
  const records = new Map<number, LogRecord>();
  let compactRevision = 0;
  return {
    load: () => ({ compactRevision, records: records.values() }),
    commit: (batch) => {
      // Copies, since the store drops values from its own records.
      for (const record of batch.records) records.set(record.row, { ...record });
      if (batch.compaction === null) return;
      for (const row of batch.compaction.obsolete) records.delete(row);
      compactRevision = batch.compaction.revision;
    },
    read: (row) => {
      const entry = records.get(row)?.entry;
      if (!entry) throw new Error(`no value in row ${row}`);
      return entry.value;
    },
    close: () => {},
  };
}
