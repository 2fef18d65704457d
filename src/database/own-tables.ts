import { kamadoError } from '../kernel/errors.ts';
import { getMeta } from './meta-units.ts';
import { type Dialect, sql, sqlSchema, type Unit } from './sql.ts';

/** The format of our own tables; a database with a higher one was written by a newer program. */
const FORMAT = 1;

/**
 * Our own tables: facts, versions and states of every resource, the event queue.
 * @throws DATABASE_NEWER
 */
export function* createOwnTables(dialect: Dialect, newClusterId: string): Unit<void> {
  const { text, sequence, clustered } = dialect;
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_meta (name ${text} PRIMARY KEY, value text NOT NULL)`);
  const found = Number((yield* getMeta('format')) ?? FORMAT);
  if (found > FORMAT) throw kamadoError('DATABASE_NEWER', { found, known: FORMAT });
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_resources (
    type ${text} NOT NULL,
    id ${text} NOT NULL,
    config_version integer NOT NULL,
    state_version integer NOT NULL DEFAULT 0,
    monitoring_version integer NOT NULL DEFAULT 0,
    row_revision integer NOT NULL DEFAULT 1,
    marked_for_deletion integer NOT NULL DEFAULT 0,
    state_error text NOT NULL DEFAULT '',
    state text,
    monitoring text,
    held_version integer NOT NULL DEFAULT 0,
    held_monitoring text,
    PRIMARY KEY (type, id))${clustered}`);
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_events (
    id ${sequence},
    type text NOT NULL,
    resource_id text NOT NULL,
    action text NOT NULL,
    body text NOT NULL,
    version integer NOT NULL,
    marked_for_deletion integer NOT NULL,
    key text)`);
  yield* setInitial('format', `${FORMAT}`);
  yield* setInitial('cluster', newClusterId);
}

function* setInitial(name: string, value: string): Unit<void> {
  yield sql('INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', name, value);
}
