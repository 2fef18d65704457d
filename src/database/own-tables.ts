import { kamadoError } from '../kernel/index.ts';
import { getMeta } from './meta-transactions.ts';
import { type Dialect, sql, sqlSchema, type TransactionFunction } from './sql.ts';

/** The format of Kamado's own tables. A database with a higher format was written by a newer program. */
const FORMAT = 1;

/**
 * Creates Kamado's own tables: facts about the installation, versions and states of every resource, the event queue.
 * @throws DATABASE_NEWER
 */
export function* createOwnTables(dialect: Dialect, newClusterId: string): TransactionFunction<void> {
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
  yield* createBehaviourTables(dialect);
  yield* setInitial('format', `${FORMAT}`);
  yield* setInitial('cluster', newClusterId);
}

/**
 * Creates the tables of behaviour: which resource has which numbers of pools, how much it takes of counters, which
 * lists it is in, and whose child it is. They are kept beside the rows, so that exactly what was allocated is given
 * back, and no number is allocated twice. The low-water mark of a pool is the number below which none is free.
 */
function* createBehaviourTables({ text, number, clustered }: Dialect): TransactionFunction<void> {
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_pool_numbers (
    type ${text} NOT NULL,
    id ${text} NOT NULL,
    pool ${text} NOT NULL,
    number ${number} NOT NULL,
    holder_type ${text} NOT NULL,
    holder_id ${text} NOT NULL,
    take ${text} NOT NULL,
    PRIMARY KEY (type, id, pool, number))${clustered}`);
  yield sqlSchema(
    'CREATE INDEX IF NOT EXISTS kamado_pool_numbers_holder ON kamado_pool_numbers (holder_type, holder_id)',
  );
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_pool_floors (
    type ${text} NOT NULL,
    id ${text} NOT NULL,
    pool ${text} NOT NULL,
    offered ${text} NOT NULL,
    floor ${number} NOT NULL,
    PRIMARY KEY (type, id, pool))${clustered}`);
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_counted (
    holder_type ${text} NOT NULL,
    holder_id ${text} NOT NULL,
    take ${text} NOT NULL,
    type ${text} NOT NULL,
    id ${text} NOT NULL,
    counter ${text} NOT NULL,
    amount ${number} NOT NULL,
    PRIMARY KEY (holder_type, holder_id, take, type, id))${clustered}`);
  yield sqlSchema('CREATE INDEX IF NOT EXISTS kamado_counted_target ON kamado_counted (type, id)');
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_list_references (
    type ${text} NOT NULL,
    id ${text} NOT NULL,
    field ${text} NOT NULL,
    target_type ${text} NOT NULL,
    target_id ${text} NOT NULL,
    PRIMARY KEY (type, id, field, target_id))${clustered}`);
  yield sqlSchema(
    'CREATE INDEX IF NOT EXISTS kamado_list_references_target ON kamado_list_references (target_type, target_id)',
  );
  yield sqlSchema(`CREATE TABLE IF NOT EXISTS kamado_children (
    parent_type ${text} NOT NULL,
    parent_id ${text} NOT NULL,
    name ${text} NOT NULL,
    child_type ${text} NOT NULL,
    child_id ${text} NOT NULL,
    PRIMARY KEY (parent_type, parent_id, name))${clustered}`);
  yield sqlSchema('CREATE INDEX IF NOT EXISTS kamado_children_child ON kamado_children (child_type, child_id)');
}

function* setInitial(name: string, value: string): TransactionFunction<void> {
  yield sql('INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', name, value);
}
