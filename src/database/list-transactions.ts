import { type Json, limits } from '../kernel/index.ts';
import type { Property, ResourceType } from '../schema/index.ts';
import { type TransactionContext, typeOf } from './context.ts';
import type { ListQuery, ListResult, PageBounds } from './database.ts';
import { bytesColumn, bytesIn, everyColumn, propertyColumns, toColumn, toListedRow } from './rows.ts';
import {
  type Dialect,
  firstRow,
  number,
  padded,
  placeholders,
  quoted,
  rows,
  rowsWithin,
  type SqlValue,
  sql,
  sqlOnce,
  type TransactionFunction,
} from './sql.ts';
import { tableOf } from './table-names.ts';

interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Reads a page of a type's rows, and how many there are in all. */
export function* listResources(
  context: TransactionContext,
  typeId: string,
  query: ListQuery,
): TransactionFunction<ListResult> {
  const type = typeOf(context, typeId);
  const conditions = [...query.filters].flatMap(([name, values]) => {
    const property = type.property.get(name);
    if (property === undefined) return [];
    const found = query.searchFields.includes(name)
      ? substring(context.dialect, property, values)
      : equality(property, values);
    return [found];
  });
  const where = conditions.length === 0 ? '' : ` WHERE ${joined(conditions, query.anyOf)}`;
  const values = conditions.flatMap((condition) => condition.values);
  const { limit, offset, page } = query;
  const properties = propertiesOf(type, page);
  // The client chooses filters, sort key and properties, so only the usual list has a fixed text.
  const usual = conditions.length === 0 && query.sortKey === 'id' && properties === type.properties;
  const make = usual ? sql : sqlOnce;
  const part = `${context.dialect.listFrom(tableOf(type))}${where} ORDER BY ${order(context.dialect, query)} LIMIT ? OFFSET ?`;
  const read = (columns: string, count: number) =>
    rows(make(`SELECT ${columns} ${part}`, type.id, ...values, count, offset));

  const sizes = page === undefined || limit <= safeRows(page) ? null : yield* read(bytesColumn(properties), limit);
  const wanted = sizes === null || page === undefined ? limit : rowsWithin(page.mostBytes, sizes).length;
  const found = yield* read(page === undefined ? everyColumn(type) : propertyColumns(properties), wanted);
  const known = sizes?.length ?? found.length;
  return {
    rows: found.map((row) => toListedRow(type, properties, row)),
    bytes: found.map(bytesIn),
    total: offset === 0 && known < limit ? known : yield* count(type, where, values),
  };
}

/** The properties that a list reads. The id is always read: it identifies the row. */
function propertiesOf(type: ResourceType, page: PageBounds | undefined): readonly Property[] {
  const wanted = page?.properties ?? null;
  return wanted === null ? type.properties : type.properties.filter(({ name }) => name === 'id' || wanted.has(name));
}

/** The number of rows that fit, whatever they hold. */
function safeRows({ mostBytes }: PageBounds): number {
  return Math.floor(mostBytes / limits.resourceBytes);
}

function* count(type: ResourceType, where: string, values: readonly SqlValue[]): TransactionFunction<number> {
  const row = yield* firstRow(sqlOnce(`SELECT COUNT(*) AS total FROM ${tableOf(type)} t${where}`, ...values));
  return row === undefined ? 0 : number(row, 'total');
}

function joined(conditions: readonly Condition[], anyOf: boolean): string {
  return conditions.map((condition) => `(${condition.text})`).join(anyOf ? ' OR ' : ' AND ');
}

function equality(property: Property, accepted: readonly Json[]): Condition {
  const column = `t.${quoted(property.name)}`;
  const all = accepted.map((value) => toColumn(property, value));
  const given = all.filter((value) => value !== null);
  const values = given.length === 0 ? [] : padded(given);
  const parts = [
    ...(values.length === 0 ? [] : [`${column} IN (${placeholders(values.length)})`]),
    ...(given.length < all.length ? [`${column} IS NULL`] : []),
  ];
  return { text: parts.length === 0 ? '1 = 0' : parts.join(' OR '), values };
}

function substring(dialect: Dialect, property: Property, parts: readonly Json[]): Condition {
  const isNumber = property.kind === 'integer' || property.kind === 'number';
  const condition = dialect.contains(`t.${quoted(property.name)}`, isNumber);
  return { text: parts.map(() => condition).join(' OR ') || '1 = 0', values: parts.map(String) };
}

// Ties are broken by id, so that pages neither overlap nor miss a row.
function order(dialect: Dialect, { sortKey, sortOrder }: ListQuery): string {
  const direction = sortOrder === 'desc' ? 'DESC' : 'ASC';
  const byKey = `t.${quoted(sortKey)} ${direction}${dialect.nullsFirst(direction)}`;
  return sortKey === 'id' ? `${dialect.listId} ${direction}` : `${byKey}, t.id ${direction}`;
}
