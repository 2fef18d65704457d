import { limits } from '../kernel/limits.ts';
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
  text,
  type Unit,
} from './sql.ts';

/** What happened to a key. 'expire': it died with a lease that nobody gave back. */
export type TimelineAction = 'create' | 'update' | 'delete' | 'expire';

/** One change of one key of a resource, secrets masked. */
export interface TimelineEntry {
  /** When the writer wrote it, in milliseconds since the epoch, with a fraction. */
  readonly timeMs: number;
  readonly revision: number;
  readonly writer: string;
  readonly action: TimelineAction;
  readonly key: string;
  /** '' for delete and expire. */
  readonly value: string;
}

/** An entry with the resource that it belongs to. */
export interface ResourceTimelineEntry extends TimelineEntry {
  readonly type: string;
  readonly id: string;
  /** Its place among the changes of its revision: the same whenever the revision is seen again. */
  readonly place: number;
}

/** Reads what was recorded. */
export interface TimelineReader {
  /** Entries of a resource in order of revisions, those after `afterRevision`; at most `limit`. */
  readonly read: (
    type: string,
    id: string,
    options?: { readonly afterRevision?: number; readonly limit?: number },
  ) => Promise<readonly TimelineEntry[]>;
  /** When revisions were written, in milliseconds since the epoch; those that nothing is known of are left out. */
  readonly timesOf: (revisions: readonly number[]) => Promise<ReadonlyMap<number, number>>;
}

/** The log behind the timeline: bounded, idempotent by revision and place. */
export interface TimelineLog extends TimelineReader {
  /** Adds entries, and notes that everything up to `revision` has been seen. It may join the commit of others. */
  readonly append: (entries: readonly ResourceTimelineEntry[], revision: number) => Promise<void>;
  /** The revision up to which everything was seen; 0 for a new log. */
  readonly seenRevision: () => Promise<number>;
  /** Removes entries that are older than `oldestMs`, and the oldest beyond the limit. Returns how many. */
  readonly prune: (oldestMs: number) => Promise<number>;
  readonly close: () => Promise<void>;
}

/** Opens the log in a database of its own (SQLite) or beside the tables of the truth (PostgreSQL). */
export async function openTimelineLog(driver: SqlDriver): Promise<TimelineLog> {
  await driver.write(function* () {
    if (driver.dialect.lockInstallation !== null) yield driver.dialect.lockInstallation;
    yield* createTables(driver.dialect);
  });
  return {
    append: (entries, revision) => driver.writeSoon(() => append(entries, revision)),
    read: (type, id, options = {}) => driver.readOne(() => read(type, id, options)),
    timesOf: (revisions) => driver.readOne(() => timesOf(revisions)),
    seenRevision: () => driver.readOne(seenRevision),
    prune: (oldestMs) => driver.write(() => prune(oldestMs)),
    close: driver.close,
  };
}

// In order of revisions, so that what is written together lies together.
function* createTables(dialect: Dialect): Unit<void> {
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
}

/** Rows that one INSERT holds: a call of the database costs more than a row. */
const ROWS_AT_ONCE = 20;

function* append(entries: readonly ResourceTimelineEntry[], revision: number): Unit<void> {
  const kept = entries.filter(isOfResource);
  let done = 0;
  for (; kept.length - done >= ROWS_AT_ONCE; done += ROWS_AT_ONCE) {
    yield insertion(kept.slice(done, done + ROWS_AT_ONCE));
  }
  for (const entry of kept.slice(done)) yield insertion([entry]);
  yield sql(
    `INSERT INTO kamado_timeline_seen (one, revision) VALUES (1, ?)
     ON CONFLICT (one) DO UPDATE SET revision = excluded.revision`,
    revision,
  );
}

/** Whoever can write to the store can write any key; longer ones are of no resource, and fit no index. */
function isOfResource({ type, id }: ResourceTimelineEntry): boolean {
  return type.length <= limits.nameLength && id.length <= limits.idLength;
}

/** What is seen again is the same; something else in its place comes of a store that began anew, and counts. */
function insertion(entries: readonly ResourceTimelineEntry[]): Statement {
  return sql(
    `INSERT INTO kamado_timeline (revision, place, key, type, id, time_ms, writer, action, value)
     VALUES ${entries.map(() => `(${placeholders(9)})`).join(', ')} ON CONFLICT (revision, place) DO UPDATE SET
       key = excluded.key, type = excluded.type, id = excluded.id, time_ms = excluded.time_ms,
       writer = excluded.writer, action = excluded.action, value = excluded.value`,
    ...entries.flatMap((e) => [
      ...[e.revision, e.place, storableText(e.key), storableText(e.type), storableText(e.id), e.timeMs],
      ...[storableText(e.writer), e.action, storableText(e.value)],
    ]),
  );
}

function* read(
  type: string,
  id: string,
  { afterRevision = 0, limit = limits.timelinePageEntries }: { afterRevision?: number; limit?: number },
): Unit<readonly TimelineEntry[]> {
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

function* timesOf(revisions: readonly number[]): Unit<ReadonlyMap<number, number>> {
  if (revisions.length === 0) return new Map();
  const marks = placeholders(revisions.length);
  const found = yield* rows(
    sql(`SELECT DISTINCT revision, time_ms FROM kamado_timeline WHERE revision IN (${marks})`, ...revisions),
  );
  return new Map(found.map((row) => [number(row, 'revision'), number(row, 'time_ms')]));
}

function toEntry(row: SqlRow): TimelineEntry {
  const action = text(row, 'action');
  return {
    timeMs: number(row, 'time_ms'),
    revision: number(row, 'revision'),
    writer: text(row, 'writer'),
    action: action === 'create' || action === 'update' || action === 'delete' ? action : 'expire',
    key: text(row, 'key'),
    value: text(row, 'value'),
  };
}

function* seenRevision(): Unit<number> {
  const [row] = yield* rows(sql('SELECT revision FROM kamado_timeline_seen'));
  return row === undefined ? 0 : number(row, 'revision');
}

/** Revisions are in order of time, so that what is too old is at the front. */
function* prune(oldestMs: number): Unit<number> {
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
