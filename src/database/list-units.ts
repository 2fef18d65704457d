import type { Json } from '../kernel/json.ts';
import type { Property, ResourceType } from '../model/model.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { ListQuery, ListResult } from './database.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import {
  type Dialect,
  firstRow,
  number,
  padded,
  placeholders,
  quoted,
  rows,
  type SqlValue,
  sql,
  sqlOnce,
  type Unit,
} from './sql.ts';
import { tableOf } from './table-names.ts';

interface Condition {
  readonly text: string;
  readonly values: readonly SqlValue[];
}

/** Reads a page of a type's rows, and how many there are in all. */
export function* listResources(context: UnitContext, typeId: string, query: ListQuery): Unit<ListResult> {
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
  // What is filtered and sorted by is for the client to say.
  const make = conditions.length === 0 && query.sortKey === 'id' ? sql : sqlOnce;
  const found = yield* rows(
    make(
      `${selectFrom(type)}${where} ORDER BY ${order(context.dialect, query)} LIMIT ? OFFSET ?`,
      type.id,
      ...values,
      query.limit,
      query.offset,
    ),
  );
  const whole = query.offset === 0 && found.length < query.limit;
  return {
    rows: found.map((row) => toRow(type, row)),
    total: whole ? found.length : yield* count(type, where, values),
  };
}

function* count(type: ResourceType, where: string, values: readonly SqlValue[]): Unit<number> {
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

// Ties are broken by id, so that pages neither overlap nor miss a row. The primary key of `kamado_resources` is in order.
function order(dialect: Dialect, { sortKey, sortOrder }: ListQuery): string {
  const direction = sortOrder === 'desc' ? 'DESC' : 'ASC';
  const byKey = `t.${quoted(sortKey)} ${direction}${dialect.nullsFirst(direction)}`;
  return sortKey === 'id' ? `k.id ${direction}` : `${byKey}, t.id ${direction}`;
}
