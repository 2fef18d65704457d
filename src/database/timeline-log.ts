import { limits } from '../kernel/index.ts';
import {
  type Dialect,
  number,
  placeholders,
  rows,
  type SqlDriver,
  type SqlRow,
  type Statement,
  sql,
  sqlSchema,
  storableText,
  type TransactionFunction,
  text,
} from './sql.ts';

/** The kind of change of a key. 'expire': the key was deleted because its lease expired. */
export type TimelineAction = 'create' | 'update' | 'delete' | 'expire';

/** One change of one key of a resource, secrets masked. */
export interface TimelineEntry {
  /** The time of the write, in milliseconds since the epoch, with a fraction. */
  readonly timeMs: number;
  /**
   * The store's revision. It is lower than that of an earlier entry if the store was reset to an earlier state in
   * between.
   */
  readonly revision: number;
  readonly writer: string;
  readonly action: TimelineAction;
  readonly key: string;
  /** '' for delete and expire. */
  readonly value: string;
}

/** An entry with its place in the log. */
export interface PlacedEntry extends TimelineEntry {
  /**
   * Grows from entry to entry, even if the store was reset to an earlier state. The same for all entries of a revision.
   */
  readonly position: number;
}

/** An entry with the resource that it belongs to. */
export interface ResourceTimelineEntry extends TimelineEntry {
  readonly type: string;
  readonly id: string;
  /** The index among the changes of its revision: the same whenever the revision is received again. */
  readonly place: number;
}

/** The read access to recorded entries. */
export interface TimelineReader {
  /**
   * Returns entries of a resource in order of positions, beginning after the position `afterRevision`; at most `limit`.
   */
  readonly read: (
    type: string,
    id: string,
    options?: { readonly afterRevision?: number; readonly limit?: number },
  ) => Promise<readonly PlacedEntry[]>;
  /**
   * Returns when revisions of the store's current history were written, in milliseconds since the epoch, as far as it
   * is known.
   */
  readonly timesOf: (revisions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
}

/** The point up to which the store's history was recorded. */
export interface Seen {
  /** Everything up to this revision was recorded. 0 for a new log. */
  readonly revision: number;
  /** Identifies the history that the revision belongs to (`store/history.ts`). null if that isn't known. */
  readonly landmark: string | null;
}

/**
 * The log behind the timeline: bounded, idempotent by revision and place. A position equals the store's revision until
 * the store is reset to an earlier state and uses the same revisions again. From then on an offset is added that keeps
 * the order.
 */
export interface TimelineLog extends TimelineReader {
  /**
   * Adds entries, and records that everything up to `revision` was seen. Without a `landmark` the last one stays. It
   * may join the commit of others.
   */
  readonly append: (
    entries: readonly ResourceTimelineEntry[],
    revision: number,
    landmark?: string | null,
  ) => Promise<void>;
  readonly seen: () => Promise<Seen>;
  /** The revision of `seen`. */
  readonly seenRevision: () => Promise<number>;
  /**
   * Records that the store was reset to an earlier state: entries that are appended from now on come after all existing
   * ones.
   */
  readonly beginAnew: (seen: Seen) => Promise<void>;
  /** Removes entries that are older than `oldestMs`, and the oldest ones beyond the limit. Returns how many. */
  readonly prune: (oldestMs: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Opens the log in a database of its own (SQLite) or beside the tables of the system of record (PostgreSQL). */
export async function openTimelineLog(driver: SqlDriver): Promise<TimelineLog> {
  await driver.write(function* () {
    if (driver.dialect.lockInstallation !== null) yield driver.dialect.lockInstallation;
    yield* createTables(driver.dialect);
  });
  return {
    append: (entries, revision, landmark = null) => driver.writeSoon(() => append(entries, { revision, landmark })),
    read: (type, id, options = {}) => driver.readOne(() => read(type, id, options)),
    timesOf: (revisions) => driver.read(() => timesOf(revisions)),
    seen: () => driver.readOne(seen),
    seenRevision: async () => (await driver.readOne(seen)).revision,
    beginAnew: (from) => driver.write(() => beginAnew(from)),
    prune: (oldestMs) => driver.write(() => prune(oldestMs)),
    close: driver.close,
  };
}

// In order of positions, so that entries of one write are stored together. The column `revision` is the position.
function* createTables(dialect: Dialect): TransactionFunction<void> {
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_timeline (
    revision bigint NOT NULL,
    place integer NOT NULL,
    key text NOT NULL,
    type text NOT NULL,
    id text NOT NULL,
    time_ms ${dialect.number} NOT NULL,
    writer text NOT NULL,
    action text NOT NULL,
    value text NOT NULL,
    PRIMARY KEY (revision, place))${dialect.clustered}`);
  yield sqlSchema('CREATE INDEX IF NOT EXISTS kamado_timeline_resource ON kamado_timeline (type, id, revision)');
  yield sqlSchema(
    'CREATE TABLE IF NOT EXISTS kamado_timeline_seen (one integer PRIMARY KEY, revision bigint NOT NULL)',
  );
  // The difference between a position and the store's revision.
  yield* addColumn(dialect, 'kamado_timeline', `shift bigint NOT NULL DEFAULT 0`);
  yield* addColumn(dialect, 'kamado_timeline_seen', `shift bigint NOT NULL DEFAULT 0`);
  yield* addColumn(dialect, 'kamado_timeline_seen', 'landmark text');
}

function* addColumn(dialect: Dialect, table: string, column: string): TransactionFunction<void> {
  const columns = yield* rows(dialect.columnsOf(table));
  if (columns.some((row) => text(row, 'name') === column.split(' ')[0])) return;
  yield sqlSchema(`ALTER TABLE ${table} ADD COLUMN ${column}`);
}

/** The number of rows in one INSERT: a call of the database costs more than a row. */
const ROWS_AT_ONCE = 20;

function* append(entries: readonly ResourceTimelineEntry[], { revision, landmark }: Seen): TransactionFunction<void> {
  const { shift } = yield* placeOf();
  const kept = entries.filter(isOfResource);
  let done = 0;
  for (; kept.length - done >= ROWS_AT_ONCE; done += ROWS_AT_ONCE) {
    yield insertion(kept.slice(done, done + ROWS_AT_ONCE), shift);
  }
  for (const entry of kept.slice(done)) yield insertion([entry], shift);
  yield noteSeen(revision, shift, landmark);
}

function noteSeen(revision: number, shift: number, landmark: string | null): Statement {
  return sql(
    `INSERT INTO kamado_timeline_seen (one, revision, shift, landmark) VALUES (1, ?, ?, ?)
     ON CONFLICT (one) DO UPDATE SET revision = excluded.revision,
       landmark = COALESCE(excluded.landmark, kamado_timeline_seen.landmark)`,
    revision,
    shift,
    landmark,
  );
}

/** Makes the next revision follow right after the last position. */
function* beginAnew({ revision, landmark }: Seen): TransactionFunction<void> {
  const before = yield* placeOf();
  const [newest] = yield* rows(sql('SELECT revision FROM kamado_timeline ORDER BY revision DESC LIMIT 1'));
  const last = Math.max(before.revision + before.shift, newest === undefined ? 0 : number(newest, 'revision'));
  yield sql('DELETE FROM kamado_timeline_seen');
  yield noteSeen(revision, last - revision, landmark);
}

/**
 * Whether an entry belongs to a resource: any client of the store can write any key, and longer keys belong to none and
 * fit no index.
 */
function isOfResource({ type, id }: ResourceTimelineEntry): boolean {
  return type.length <= limits.nameLength && id.length <= limits.idLength;
}

/**
 * An INSERT of entries. An entry that is received again is the same. A different one in its place comes from a store
 * that was reset, and replaces it.
 */
function insertion(entries: readonly ResourceTimelineEntry[], shift: number): Statement {
  return sql(
    `INSERT INTO kamado_timeline (revision, shift, place, key, type, id, time_ms, writer, action, value)
     VALUES ${entries.map(() => `(${placeholders(10)})`).join(', ')} ON CONFLICT (revision, place) DO UPDATE SET
       shift = excluded.shift, key = excluded.key, type = excluded.type, id = excluded.id, time_ms = excluded.time_ms,
       writer = excluded.writer, action = excluded.action, value = excluded.value`,
    ...entries.flatMap((e) => [
      ...[e.revision + shift, shift, e.place, storableText(e.key), storableText(e.type), storableText(e.id), e.timeMs],
      ...[storableText(e.writer), e.action, storableText(e.value)],
    ]),
  );
}

function* read(
  type: string,
  id: string,
  { afterRevision = 0, limit = limits.timelinePageEntries }: { afterRevision?: number; limit?: number },
): TransactionFunction<readonly PlacedEntry[]> {
  const found = yield* rows(
    sql(
      'SELECT * FROM kamado_timeline WHERE type = ? AND id = ? AND revision > ? ORDER BY revision, place LIMIT ?',
      type,
      id,
      afterRevision,
      Math.min(limit, limits.timelinePageEntries),
    ),
  );
  return found.map(toEntry);
}

function* timesOf(revisions: readonly number[]): TransactionFunction<ReadonlyMap<number, number>> {
  if (revisions.length === 0) return new Map();
  const { shift } = yield* placeOf();
  const positions = revisions.map((revision) => revision + shift);
  const marks = placeholders(positions.length);
  const found = yield* rows(
    sql(`SELECT DISTINCT revision, time_ms FROM kamado_timeline WHERE revision IN (${marks})`, ...positions),
  );
  return new Map(found.map((row) => [number(row, 'revision') - shift, number(row, 'time_ms')]));
}

function toEntry(row: SqlRow): PlacedEntry {
  const action = text(row, 'action');
  const position = number(row, 'revision');
  return {
    timeMs: number(row, 'time_ms'),
    position,
    revision: position - number(row, 'shift'),
    writer: text(row, 'writer'),
    action: action === 'create' || action === 'update' || action === 'delete' ? action : 'expire',
    key: text(row, 'key'),
    value: text(row, 'value'),
  };
}

function* seen(): TransactionFunction<Seen> {
  const { revision, landmark } = yield* placeOf();
  return { revision, landmark };
}

function* placeOf(): TransactionFunction<Seen & { readonly shift: number }> {
  const [row] = yield* rows(sql('SELECT revision, shift, landmark FROM kamado_timeline_seen'));
  if (row === undefined) return { revision: 0, shift: 0, landmark: null };
  const landmark = row.landmark === null ? null : text(row, 'landmark');
  return { revision: number(row, 'revision'), shift: number(row, 'shift'), landmark };
}

/** Removes old entries. Positions are in order of time, so the oldest entries are at the front. */
function* prune(oldestMs: number): TransactionFunction<number> {
  let removed = 0;
  for (;;) {
    const front = yield* rows(
      sql('SELECT revision, time_ms FROM kamado_timeline ORDER BY revision LIMIT ?', limits.timelinePruneEntries),
    );
    const aged = front.filter((row) => number(row, 'time_ms') < oldestMs);
    const last = aged.at(-1);
    if (last === undefined) break;
    removed += (yield sql('DELETE FROM kamado_timeline WHERE revision <= ?', number(last, 'revision'))).changes;
    if (aged.length < front.length) break;
  }
  const surplus = yield sql(
    `DELETE FROM kamado_timeline WHERE revision < (
       SELECT revision FROM kamado_timeline ORDER BY revision DESC LIMIT 1 OFFSET ?)`,
    limits.timelineEntries,
  );
  return removed + surplus.changes;
}
