import { type Json, type JsonObject, kamadoError, limits } from '../../kernel/index.ts';
import { generated, relationsOf, type ValueContext } from '../../schema/index.ts';
import { type TransactionContext, typeOf } from '../context.ts';
import { getResource } from '../resource-reads.ts';
import { selectFrom, toColumn, toRow } from '../rows.ts';
import { firstRow, quoted, type SqlValue, sql, type TransactionFunction } from '../sql.ts';

/** The resource that a value is computed on. */
export interface Subject {
  readonly type: string;
  readonly body: JsonObject;
  readonly version: number;
}

/** Thrown if an evaluation asks for a row that isn't read yet. */
class Needed extends Error {
  readonly read: () => TransactionFunction<void>;

  constructor(read: () => TransactionFunction<void>) {
    super('a row is needed');
    this.read = read;
  }
}

/**
 * Runs a pure evaluation on the data of the transaction. If it asks for a row, the row is read and the evaluation is
 * run again, until it has all rows.
 */
export function* evaluated<Result>(
  context: TransactionContext,
  subject: Subject,
  evaluate: (context: ValueContext) => Result,
): TransactionFunction<Result> {
  const known = new Map<string, JsonObject | undefined>();
  const remember = (key: string, read: () => TransactionFunction<JsonObject | undefined>): JsonObject | undefined => {
    if (known.has(key)) return known.get(key);
    throw new Needed(function* () {
      known.set(key, yield* read());
    });
  };
  const values: ValueContext = {
    ...subject,
    relationOf: relationsOf(context.model),
    lookup: (type, id) => remember(`${type}:${id}`, () => bodyOf(context, type, id)),
    find: (type, where) => remember(`${type}?${JSON.stringify([...where])}`, () => firstMatch(context, type, where)),
    generate: (of) => generated(of, context.runtime),
  };
  for (let reads = 0; reads <= limits.mappingSteps; reads++) {
    try {
      return evaluate(values);
    } catch (error) {
      if (!(error instanceof Needed)) throw error;
      yield* error.read();
    }
  }
  throw kamadoError('MAPPING_INVALID', { place: subject.type, reason: `more than ${limits.mappingSteps} rows` });
}

function* bodyOf(context: TransactionContext, typeId: string, id: string): TransactionFunction<JsonObject | undefined> {
  const row = yield* getResource(context, typeId, id);
  return row?.body;
}

function* firstMatch(
  context: TransactionContext,
  typeId: string,
  where: ReadonlyMap<string, Json>,
): TransactionFunction<JsonObject | undefined> {
  const type = typeOf(context, typeId);
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  for (const [name, value] of where) {
    const property = type.property.get(name);
    if (property === undefined) throw kamadoError('MAPPING_INVALID', { place: typeId, reason: `no property ${name}` });
    conditions.push(`t.${quoted(name)} = ?`);
    values.push(toColumn(property, value));
  }
  const text = `${selectFrom(type)} WHERE ${conditions.join(' AND ')} ORDER BY t.id LIMIT 1`;
  const found = yield* firstRow(sql(text, type.id, ...values));
  return found === undefined ? undefined : toRow(type, found).body;
}
