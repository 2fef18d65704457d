export { Backoff, pauseAfter, reachingStacks, reconnecting, waitingForSpace } from './backoff.ts';
export { crashText } from './crash-text.ts';
export { type Decimal, decimalOf } from './decimal.ts';
export { DiskReserve, reserveFiles } from './disk-reserve.ts';
export { type ErrorCode, errorCatalogue } from './error-catalogue.ts';
export {
  codeOf,
  type ErrorParam,
  errorText,
  type Fault,
  isKamadoError,
  isRetryable,
  KamadoError,
  kamadoError,
} from './errors.ts';
export { type CatalogRoot, filesBelow, isInside, isMissing, openCatalogRoot, shownPath } from './fenced-folder.ts';
export { fileFault, makeFolder, readTextFile, readTextFileSync, writeTextFile } from './files.ts';
export { ForeignText } from './foreign-text.ts';
export {
  canonicalJson,
  isJsonObject,
  type Json,
  type JsonObject,
  jsonEqual,
  mergedJson,
  parseJson,
  pointerPart,
  textOrEmpty,
  textOrNull,
} from './json.ts';
export { INTEGER_LOST, type LostNumber, lostDigits, lostNumber, parseForeignJson, pointerAt } from './json-numbers.ts';
export { jsonTextDepth, jsonTextShape } from './json-shape.ts';
export { KeyedFifo } from './keyed-fifo.ts';
export { KeyedQueue } from './keyed-queue.ts';
export { limits } from './limits.ts';
export { type Log, type LogFields, type LogLevel, logLevels, silentLog } from './log.ts';
export { didYouMean } from './names.ts';
export { isDistinct, noRedaction, type Redactor, redactorOf } from './redactor.ts';
export { nextTurn, type Runtime, sleep, type Timer } from './runtime.ts';
export { MASK, Secret } from './secret.ts';
export {
  makeShrinkable,
  openSqlite,
  type SqliteDatabase,
  type SqliteRow,
  type SqliteStatement,
  type SqliteValue,
  sqliteCode,
  sqliteCodes,
} from './sqlite.ts';
export { writeSqlite } from './sqlite-write.ts';
export {
  type FullStorage,
  requireSpace,
  type Storage,
  StorageGauge,
  type StorageState,
  stateOf,
  storageFull,
  warnUnlessFull,
} from './storage.ts';
export { escapedCharacter, harmlessJson } from './terminal-text.ts';
export type { TextRange } from './text-range.ts';
export { type Turns, turnsOf } from './turns.ts';
