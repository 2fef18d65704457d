import type { LogRecord, Persistence } from './persistence.ts';

/** A log in memory. It outlives the store that was opened on it: the next one finds what was committed. */
export function memoryPersistence(): Persistence {
  const records = new Map<number, LogRecord>();
  let compactRevision = 0;
  return {
    load: () => ({ compactRevision, records: records.values() }),
    commit: (batch) => {
      // The store changes its own records: it leaves values here.
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
