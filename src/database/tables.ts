import { kamadoError } from '../kernel/errors.ts';
import type { Model, Property, ResourceType } from '../model/model.ts';
import { inReferenceOrder } from '../model/reference-order.ts';
import { type Dialect, quoted, rows, type Statement, sql, text, type Unit } from './sql.ts';

/** The format of our own tables; a database with a higher one was written by a newer program. */
const FORMAT = 1;

/** The table of a type. It has a prefix of ours: a type may be called like a word of SQL. */
export function tableOf(type: ResourceType): string {
  return quoted(`r_${type.id}`);
}

/** Our own tables: facts, versions and states of every resource, the event queue. */
export function* createOwnTables(dialect: Dialect, newClusterId: string): Unit<void> {
  yield sql('CREATE TABLE IF NOT EXISTS kamado_meta (name text PRIMARY KEY, value text NOT NULL)');
  yield sql(`CREATE TABLE IF NOT EXISTS kamado_resources (
    type text NOT NULL,
    id text NOT NULL,
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
    PRIMARY KEY (type, id))${dialect.clustered}`);
  yield sql(`CREATE TABLE IF NOT EXISTS kamado_events (
    id ${dialect.sequence},
    type text NOT NULL,
    resource_id text NOT NULL,
    action text NOT NULL,
    body text NOT NULL,
    version integer NOT NULL,
    marked_for_deletion integer NOT NULL,
    key text)`);
  yield sql('INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING', 'format', `${FORMAT}`);
  yield sql(
    'INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO NOTHING',
    'cluster',
    newClusterId,
  );
  const [format] = yield* rows(sql(`SELECT value FROM kamado_meta WHERE name = 'format'`));
  const found = Number(format === undefined ? 0 : text(format, 'value'));
  if (found > FORMAT) throw kamadoError('DATABASE_NEWER', { found, known: FORMAT });
}

/**
 * Creates the tables of types that have none, and adds columns and indexes that are missing.
 * @throws DATABASE_SCHEMA_CHANGE where a change could lose data or can't hold for the rows that exist
 */
export function* createTypeTables(dialect: Dialect, model: Model): Unit<void> {
  const refused: string[] = [];
  const additions: Statement[] = [];
  for (const type of inReferenceOrder(model)) {
    const existing = (yield* rows(dialect.columnsOf(`r_${type.id}`))).map((row) => text(row, 'name'));
    const known = yield* rows(sql('SELECT value FROM kamado_meta WHERE name = ?', `table:${type.id}`));
    const before = known[0] === undefined ? new Map<string, string>() : parseShape(text(known[0], 'value'));
    if (existing.length === 0) additions.push(createTable(dialect, model, type));
    else {
      for (const property of type.properties) {
        if (!existing.includes(property.name)) additions.push(addColumn(dialect, model, type, property));
      }
      refused.push(...lossyChanges(type, before, existing));
    }
    additions.push(...indexesOf(type));
    additions.push(
      sql(
        'INSERT INTO kamado_meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value',
        `table:${type.id}`,
        shapeText(type, before),
      ),
    );
  }
  if (refused.length > 0) throw kamadoError('DATABASE_SCHEMA_CHANGE', { changes: refused.join('\n') });
  for (const statement of additions) yield statement;
}

function createTable(dialect: Dialect, model: Model, type: ResourceType): Statement {
  const columns = type.properties.map((property) => columnOf(dialect, model, type, property));
  return sql(`CREATE TABLE ${tableOf(type)} (${columns.join(', ')})${dialect.clustered}`);
}

function addColumn(dialect: Dialect, model: Model, type: ResourceType, property: Property): Statement {
  return sql(`ALTER TABLE ${tableOf(type)} ADD COLUMN ${columnOf(dialect, model, type, property)}`);
}

// NOT NULL is left to the validator: rows that are older than a column have null there.
function columnOf(dialect: Dialect, model: Model, type: ResourceType, property: Property): string {
  const column = `${quoted(property.name)} ${columnType(dialect, property)}`;
  if (property.name === 'id') return `${column} PRIMARY KEY`;
  const target = property.relation === null ? undefined : model.types.get(property.relation);
  // A cycle of types can't be made in one order; its last reference is kept by the units alone.
  if (target === undefined || !target.routed || (target !== type && !standsBefore(model, target, type))) return column;
  return `${column} REFERENCES ${tableOf(target)} (${quoted('id')})`;
}

const orders = new WeakMap<Model, ReadonlyMap<string, number>>();

function standsBefore(model: Model, a: ResourceType, b: ResourceType): boolean {
  let order = orders.get(model);
  if (order === undefined) {
    order = new Map(inReferenceOrder(model).map((type, place) => [type.id, place]));
    orders.set(model, order);
  }
  return (order.get(a.id) ?? 0) < (order.get(b.id) ?? 0);
}

function columnType(dialect: Dialect, property: Property): string {
  return property.kind === 'integer' || property.kind === 'number' ? dialect.number : 'text';
}

function indexesOf(type: ResourceType): readonly Statement[] {
  const single = type.properties.flatMap((property) => {
    if (property.name === 'id') return [];
    if (property.unique) return [uniqueIndex(type, [property.name])];
    return property.relation !== null || property.indexed ? [plainIndex(type, property.name)] : [];
  });
  return [...single, ...type.uniqueTogether.map((columns) => uniqueIndex(type, columns))];
}

function uniqueIndex(type: ResourceType, columns: readonly string[]): Statement {
  const name = quoted(indexName('u', type, columns.join('_')));
  return sql(`CREATE UNIQUE INDEX IF NOT EXISTS ${name} ON ${tableOf(type)} (${columns.map(quoted).join(', ')})`);
}

function plainIndex(type: ResourceType, column: string): Statement {
  return sql(
    `CREATE INDEX IF NOT EXISTS ${quoted(indexName('i', type, column))} ON ${tableOf(type)} (${quoted(column)})`,
  );
}

// PostgreSQL cuts names at 63 bytes; the length keeps two cut ones apart.
function indexName(kind: string, type: ResourceType, columns: string): string {
  const name = `${kind}_${type.id}_${columns}`;
  return name.length <= 60 ? name : `${name.slice(0, 56)}_${name.length}`;
}

/** What must not change about the columns of a table: kind and reference, by name. */
function shapeOf(type: ResourceType): Map<string, string> {
  return new Map(type.properties.map((p) => [p.name, `${p.kind}${p.relation === null ? '' : ` of ${p.relation}`}`]));
}

function shapeText(type: ResourceType, before: ReadonlyMap<string, string>): string {
  return JSON.stringify(Object.fromEntries([...before, ...shapeOf(type)]));
}

function parseShape(json: string): Map<string, string> {
  return new Map(Object.entries(JSON.parse(json)));
}

function lossyChanges(type: ResourceType, before: ReadonlyMap<string, string>, existing: readonly string[]): string[] {
  const now = shapeOf(type);
  return existing.flatMap((column) => {
    const after = now.get(column);
    const was = before.get(column);
    if (after === undefined)
      return [`${type.id}.${column}: the schema no longer has it; its values would be out of reach`];
    return was === undefined || was === after ? [] : [`${type.id}.${column}: ${was} became ${after}`];
  });
}
