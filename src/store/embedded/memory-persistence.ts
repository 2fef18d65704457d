import type { LogRecord, Persistence } from './persistence.ts';

/** A log in memory. It outlives the store that was opened on it: the next one finds what was committed. */
export function memoryPersistence(): Persistence {
  const records = new Map<number, LogRecord>();
  let compactRevision = 0;
  return {
    load: () => ({ compactRevision, records: records.values() }),
    commit: (batch) => {
      for (const record of batch.records) records.set(record.row, record);
      if (batch.compaction === null) return;
      for (const row of batch.compaction.obsolete) records.delete(row);
      compactRevision = batch.compaction.revision;
    },
    close: () => {},
  };
}
