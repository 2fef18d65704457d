import { createHash } from 'node:crypto';
import type { ResourceType } from '../schema/index.ts';
import { type Dialect, quoted, rows, type Statement, sqlSchema, type TransactionFunction, text } from './sql.ts';
import { tableName, tableOf } from './table-names.ts';

/** PostgreSQL cuts names at 63 bytes. */
const NAME_LENGTH = 63;
const HASH_LENGTH = 16;

/** An index that the model asks for. */
interface Index {
  readonly kind: 'unique' | 'plain';
  readonly columns: readonly string[];
}

/** The indexes of a type: columns that rows are looked up by, and columns that are unique, alone or together. */
export function indexesOf(type: ResourceType): readonly Index[] {
  const single = type.properties.flatMap((property): Index[] => {
    if (property.name === 'id') return [];
    if (property.unique) return [{ kind: 'unique', columns: [property.name] }];
    return property.relation !== null || property.indexed ? [{ kind: 'plain', columns: [property.name] }] : [];
  });
  return [...single, ...type.uniqueTogether.map((columns): Index => ({ kind: 'unique', columns }))];
}

/**
 * Returns the statements that make a table's indexes equal to those of the model. None of them loses data. A new unique
 * index may fail.
 */
export function* indexChanges(dialect: Dialect, type: ResourceType): TransactionFunction<readonly Statement[]> {
  const existing = (yield* rows(dialect.indexesOf(tableName(type.id)))).map((row) => text(row, 'name'));
  const wanted = new Map(indexesOf(type).map((index) => [indexName(type, index), index]));
  const dropped = existing.filter((name) => isOurs(name) && !wanted.has(name));
  const created = [...wanted].filter(([name]) => !existing.includes(name));
  return [
    ...dropped.map((name) => sqlSchema(`DROP INDEX ${quoted(name)}`)),
    ...created.map(([name, { kind, columns }]) =>
      sqlSchema(
        `CREATE ${kind === 'unique' ? 'UNIQUE ' : ''}INDEX ${quoted(name)} ON ${tableOf(type)} (${columns.map(quoted).join(', ')})`,
      ),
    ),
  ];
}

// Names of types and properties hold no dot, so no two indexes have the same name. Names that are cut differ by their
// hash.
function indexName(type: ResourceType, { kind, columns }: Index): string {
  const name = [kind, type.id, ...columns].join('.');
  if (name.length <= NAME_LENGTH) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  return `${name.slice(0, NAME_LENGTH - HASH_LENGTH - 1)}.${hash}`;
}

function isOurs(name: string): boolean {
  return name.startsWith('unique.') || name.startsWith('plain.');
}
