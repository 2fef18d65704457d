export { type Caller, type ConfigEvent, type Database, type ListQuery, type Row, systemCaller } from './database.ts';
export { type Transaction, type TransactionHooks, transactionEvents } from './hooks.ts';
export { openDatabase } from './open.ts';
export type { SqlDriver, Unit } from './sql.ts';
export {
  openTimelineLog,
  type PlacedEntry,
  type ResourceTimelineEntry,
  type TimelineAction,
  type TimelineLog,
  type TimelineReader,
} from './timeline-log.ts';
