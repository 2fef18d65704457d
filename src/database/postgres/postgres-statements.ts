import type pg from 'pg';
import { limits } from '../../kernel/index.ts';
import type { SqlValue, Statement } from '../sql.ts';

/** A query as the client takes it; `query_timeout` is in milliseconds. */
interface Query extends pg.QueryConfig<SqlValue[]> {
  readonly query_timeout?: number;
}

interface Prepared {
  readonly name: string;
  readonly text: string;
}

/**
 * Statements with $1, $2, … for '?', and with names, under which PostgreSQL keeps them prepared on each connection as
 * long as it lives. So only statements of a limited number get a name; the others are parsed each time.
 */
export class PreparedStatements {
  readonly #hot = new Map<string, Prepared>();

  queryOf({ text, values, use }: Statement): Query {
    const query = use === 'hot' ? this.#prepared(text) : { text: numbered(text) };
    const patience = use === 'schema' ? { query_timeout: limits.databaseSchemaTimeoutMs } : {};
    return { ...query, ...patience, values: [...values] };
  }

  #prepared(text: string): Prepared | { readonly text: string } {
    const known = this.#hot.get(text);
    if (known !== undefined) return known;
    if (this.#hot.size >= limits.preparedStatements) return { text: numbered(text) };
    const made = { name: `kamado_${this.#hot.size}`, text: numbered(text) };
    this.#hot.set(text, made);
    return made;
  }
}

/** A question mark in a quoted name or text is not a placeholder. */
const markOrQuoted = /"(?:[^"]|"")*"|'(?:[^']|'')*'|\?/g;

function numbered(text: string): string {
  let place = 0;
  return text.replaceAll(markOrQuoted, (part) => (part === '?' ? `$${++place}` : part));
}
