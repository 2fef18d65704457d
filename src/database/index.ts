export { type ConfigEvent, type Database, type ListQuery, systemCaller } from './database.ts';
export { type Transaction, type TransactionHooks, transactionEvents } from './hooks.ts';
export { openDatabase } from './open.ts';
export type { Caller, Row } from './resource-row.ts';
export type { SqlDriver, TransactionFunction } from './sql.ts';
export {
  openTimelineLog,
  type PlacedEntry,
  type ResourceTimelineEntry,
  type TimelineAction,
  type TimelineLog,
  type TimelineReader,
} from './timeline-log.ts';
