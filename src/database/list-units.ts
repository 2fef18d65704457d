import type { Json } from '../kernel/json.ts';
import type { Property, ResourceType } from '../model/model.ts';
import { typeOf, type UnitContext } from './context.ts';
import type { ListQuery, ListResult } from './database.ts';
import { selectFrom, toColumn, toRow } from './rows.ts';
import { type Dialect, firstRow, number, placeholders, quoted, rows, type SqlValue, sql, type Unit } from './sql.ts';
import { tableOf } from './tables.ts';

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
  const found = yield* rows(
    sql(
      `${selectFrom(type)}${where} ORDER BY ${order(context.dialect, type, query)} LIMIT ? OFFSET ?`,
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
  const row = yield* firstRow(sql(`SELECT COUNT(*) AS total FROM ${tableOf(type)} t${where}`, ...values));
  return row === undefined ? 0 : number(row, 'total');
}

function joined(conditions: readonly Condition[], anyOf: boolean): string {
  return conditions.map((condition) => `(${condition.text})`).join(anyOf ? ' OR ' : ' AND ');
}

function equality(property: Property, values: readonly Json[]): Condition {
  const column = `t.${quoted(property.name)}`;
  const bound = values.filter((value) => value !== null).map((value) => toColumn(property, value));
  const parts: string[] = [];
  if (bound.length > 0) parts.push(`${column} IN (${placeholders(bound.length)})`);
  if (bound.length < values.length) parts.push(`${column} IS NULL`);
  return { text: parts.join(' OR '), values: bound };
}

function substring(dialect: Dialect, property: Property, values: readonly Json[]): Condition {
  const column = `CAST(t.${quoted(property.name)} AS text)`;
  return {
    text: values.map(() => dialect.like(column)).join(' OR '),
    values: values.map((value) => `%${String(value).replaceAll(/[\\%_]/g, (c) => `\\${c}`)}%`),
  };
}

// Ties are broken by id, so that pages neither overlap nor miss a row.
function order(dialect: Dialect, type: ResourceType, { sortKey, sortOrder }: ListQuery): string {
  const direction = sortOrder === 'desc' ? 'DESC' : 'ASC';
  const kind = type.property.get(sortKey)?.kind;
  const collation = kind === 'integer' || kind === 'number' ? '' : dialect.binaryCollation;
  const byKey = `t.${quoted(sortKey)}${collation} ${direction}${dialect.nullsFirst(direction)}`;
  return sortKey === 'id' ? `t."id"${dialect.binaryCollation} ${direction}` : `${byKey}, t."id" ${direction}`;
}
