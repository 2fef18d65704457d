import { canonicalJson, isJsonObject, type Json, type JsonObject, parseJson } from '../kernel/index.ts';
import type { Property, ResourceType } from '../schema/index.ts';
import type { Row } from './resource-row.ts';
import { number, quoted, type SqlRow, type SqlValue, text } from './sql.ts';
import { tableOf } from './table-names.ts';

/** The columns of `kamado_resources`, under names that no property can have: versions, and reported states. */
const versions = named([
  'config_version',
  'state_version',
  'monitoring_version',
  'row_revision',
  'marked_for_deletion',
]);
const reported = named(['state_error', 'state', 'monitoring']);

function named(columns: readonly string[]): string {
  return columns.map((column) => `k.${column} AS "kamado:${column}"`).join(', ');
}

/**
 * SELECT … FROM, for a type's rows with their versions and states. The first value is the type's id. If rows are
 * locked, the row of `kamado_resources` is locked first, as in all transactions.
 */
export function selectFrom(type: ResourceType): string {
  return select(type, everyColumn(type));
}

/** The same for the given columns. */
export function select(type: ResourceType, columns: string): string {
  return `SELECT ${columns} FROM kamado_resources k JOIN ${tableOf(type)} t ON k.type = ? AND k.id = t.id`;
}

/** All columns of a type's rows, with their versions and states. */
export function everyColumn(type: ResourceType): string {
  return `${columnsOf(type.properties)}, ${versions}, ${reported}`;
}

/** The columns of some properties, with versions, but without reported states. */
export function propertyColumns(properties: readonly Property[]): string {
  return `${columnsOf(properties)}, ${versions}`;
}

/** A column `bytes`: the approximate size of those properties. */
export function bytesColumn(properties: readonly Property[]): string {
  const texts = properties.filter(({ kind }) => kind !== 'integer' && kind !== 'number');
  const lengths = texts.map(({ name }) => `COALESCE(OCTET_LENGTH(t.${quoted(name)}), 0)`);
  return `${[...lengths, '0'].join(' + ')} AS bytes`;
}

function columnsOf(properties: readonly Property[]): string {
  return properties.map(({ name }) => `t.${quoted(name)}`).join(', ');
}

/** Returns a row of the database as a resource. */
export function toRow(type: ResourceType, row: SqlRow): Row {
  return { ...toVersions(type, row), body: toBody(type.properties, row) };
}

/** Returns a row of a list. Its body is decoded on first access. */
export function toListedRow(type: ResourceType, properties: readonly Property[], row: SqlRow): Row {
  let body: JsonObject | undefined;
  return {
    ...toVersions(type, row),
    get body() {
      body ??= toBody(properties, row);
      return body;
    },
  };
}

/** The approximate size of a row in bytes. */
export function bytesIn(row: SqlRow): number {
  return Object.values(row).reduce((sum: number, value) => sum + (typeof value === 'string' ? value.length : 8), 0);
}

function toBody(properties: readonly Property[], row: SqlRow): JsonObject {
  const body: Record<string, Json> = {};
  for (const property of properties) {
    const value = fromColumn(property, row[property.name] ?? null);
    if (value !== null || !property.sparse) body[property.name] = value;
  }
  return body;
}

function toVersions(type: ResourceType, row: SqlRow): Omit<Row, 'body'> {
  return {
    type: type.id,
    id: text(row, 'id'),
    configVersion: number(row, 'kamado:config_version'),
    stateVersion: number(row, 'kamado:state_version'),
    monitoringVersion: number(row, 'kamado:monitoring_version'),
    rowRevision: number(row, 'kamado:row_revision'),
    markedForDeletion: number(row, 'kamado:marked_for_deletion') === 1,
    stateError: text(row, 'kamado:state_error'),
    state: objectFrom(row['kamado:state'] ?? null),
    monitoring: objectFrom(row['kamado:monitoring'] ?? null),
  };
}

/** Returns a JSON value as the column of its property holds it: text, a number, or JSON text. */
export function toColumn(property: Property, value: Json | undefined): SqlValue {
  if (value === undefined || value === null) return null;
  // An empty reference refers to nothing; a foreign key can't hold ''.
  if (property.relation !== null && value === '') return null;
  if (property.kind === 'string') return typeof value === 'string' ? value : canonicalJson(value);
  if (property.kind === 'integer' || property.kind === 'number') return numberColumn(value);
  return canonicalJson(value);
}

/** JSON has no number beyond the range of a double: such a value is null, as in JSON text. */
function numberColumn(value: Json): SqlValue {
  if (typeof value !== 'number' || !Number.isFinite(value)) return null;
  // One driver of SQLite binds a number that is this close to an integer as that integer. A numeric column accepts text
  // as well.
  const misread = Math.abs(value - Math.round(value)) < Number.EPSILON && !Number.isInteger(value);
  return misread ? String(value) : value;
}

function fromColumn(property: Property, value: SqlValue): Json {
  if (value === null) return null;
  if (property.kind === 'string' || typeof value === 'number') return value;
  return parseJson(value) ?? null;
}

function objectFrom(value: SqlValue): JsonObject | null {
  const parsed = typeof value === 'string' ? parseJson(value) : null;
  return isJsonObject(parsed) ? parsed : null;
}
