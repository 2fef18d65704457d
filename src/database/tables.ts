import { isJsonObject, kamadoError, parseJson } from '../kernel/index.ts';
import { inReferenceOrder, type Model, type Property, type ResourceType } from '../schema/index.ts';
import { indexChanges } from './indexes.ts';
import { setMeta } from './meta-transactions.ts';
import {
  type Dialect,
  firstRow,
  quoted,
  rows,
  type Statement,
  sql,
  sqlSchema,
  type TransactionFunction,
  text,
} from './sql.ts';
import { tableName, tableOf } from './table-names.ts';

/** Column → the facts about it that must not change: kind and reference. */
type Shape = ReadonlyMap<string, string>;

/** The prefix of the kamado_meta entries that hold the shapes of tables. */
const SHAPE = 'table:';

/**
 * Creates missing tables of types, adds missing columns, and makes the indexes equal to those of the model.
 * @throws DATABASE_SCHEMA_CHANGE if changes could lose data, naming all of them; then nothing was changed
 */
export function* createTypeTables(dialect: Dialect, model: Model): TransactionFunction<void> {
  const known = yield* knownShapes();
  const order = inReferenceOrder(model);
  const refused: string[] = yield* missingTypes(model, known);
  const additions: Statement[] = [];
  for (const [place, type] of order.entries()) {
    const existing = (yield* rows(dialect.columnsOf(tableName(type.id)))).map((row) => text(row, 'name'));
    const columns = new Map(type.properties.map((p) => [p.name, columnOf(dialect, p, order.slice(0, place + 1))]));
    if (existing.length === 0) {
      additions.push(
        sqlSchema(`CREATE TABLE ${tableOf(type)} (${[...columns.values()].join(', ')})${dialect.clustered}`),
      );
    } else {
      const added = [...columns].filter(([name]) => !existing.includes(name));
      additions.push(...added.map(([, column]) => sqlSchema(`ALTER TABLE ${tableOf(type)} ADD COLUMN ${column}`)));
      refused.push(...lossyChanges(type, known.get(type.id) ?? new Map(), existing));
    }
    additions.push(...(yield* indexChanges(dialect, type)));
  }
  if (refused.length > 0) throw kamadoError('DATABASE_SCHEMA_CHANGE', { changes: refused.join('\n') });
  for (const statement of additions) yield statement;
  for (const type of order) yield* setMeta(SHAPE + type.id, JSON.stringify(Object.fromEntries(shapeOf(type))));
}

// The validator enforces required properties, not NOT NULL: rows that are older than a column have null there.
function columnOf(dialect: Dialect, property: Property, before: readonly ResourceType[]): string {
  const isNumber = property.kind === 'integer' || property.kind === 'number';
  const column = `${quoted(property.name)} ${isNumber ? dialect.number : dialect.text}`;
  if (property.name === 'id') return `${column} PRIMARY KEY`;
  // Tables of a cycle of types can't be created in one order. The last reference of the cycle is enforced by
  // transaction functions alone.
  const target = before.find((type) => type.id === property.relation);
  return target === undefined ? column : `${column} REFERENCES ${tableOf(target)} (${quoted('id')})`;
}

function shapeOf(type: ResourceType): Shape {
  return new Map(type.properties.map((p) => [p.name, `${p.kind}${p.relation === null ? '' : ` of ${p.relation}`}`]));
}

function* knownShapes(): TransactionFunction<ReadonlyMap<string, Shape>> {
  const found = yield* rows(sql('SELECT name, value FROM kamado_meta WHERE name LIKE ?', `${SHAPE}%`));
  return new Map(found.map((row) => [text(row, 'name').slice(SHAPE.length), parseShape(text(row, 'value'))]));
}

function parseShape(json: string): Shape {
  const shape = parseJson(json);
  return new Map(Object.entries(isJsonObject(shape) ? shape : {}).map(([name, kind]) => [name, String(kind)]));
}

/** The types that the model no longer has, though there are resources of them. */
function* missingTypes(model: Model, known: ReadonlyMap<string, Shape>): TransactionFunction<string[]> {
  const missing: string[] = [];
  for (const typeId of known.keys()) {
    if (model.types.get(typeId)?.routed) continue;
    const row = yield* firstRow(sql('SELECT id FROM kamado_resources WHERE type = ? LIMIT 1', typeId));
    if (row !== undefined) missing.push(`${typeId}: the schemas no longer have it, but there are resources of it`);
  }
  return missing;
}

function lossyChanges(type: ResourceType, before: Shape, existing: readonly string[]): readonly string[] {
  const now = shapeOf(type);
  return existing.flatMap((column) => {
    const after = now.get(column);
    const was = before.get(column);
    if (after === undefined) {
      return [`${type.id}.${column}: the schema no longer has it; its values would be out of reach`];
    }
    return was === undefined || was === after ? [] : [`${type.id}.${column}: ${was} became ${after}`];
  });
}
