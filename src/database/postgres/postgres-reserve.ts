import { isKamadoError, limits } from '../../kernel/index.ts';
import { type Statement, sqlOnce } from '../sql.ts';

/** A row of the reserve: short enough to be neither compressed nor moved elsewhere. */
const ROW_CHARACTERS = 1_900;

/**
 * Room in a database of PostgreSQL: a table that is dropped when the disk of the server is full, so that deletions, which
 * write a little, go on. All processes on the database share it.
 */
export class PostgresReserve {
  readonly #run: (statement: Statement) => Promise<unknown>;

  /** @param run runs a statement by itself; rejects as the driver does */
  constructor(run: (statement: Statement) => Promise<unknown>) {
    this.#run = run;
  }

  /** Takes the room, if nobody has yet. False if there is none, or the database doesn't answer. */
  async allocation(): Promise<boolean> {
    try {
      await this.#run(sqlOnce('CREATE TABLE IF NOT EXISTS kamado_reserve (filler text NOT NULL)'));
      const rows = Math.ceil(limits.postgresReserveBytes / ROW_CHARACTERS);
      await this.#run(
        sqlOnce(
          `INSERT INTO kamado_reserve SELECT repeat('x', ?::integer) FROM generate_series(1, ?::integer)
            WHERE NOT EXISTS (SELECT 1 FROM kamado_reserve)`,
          ROW_CHARACTERS,
          rows,
        ),
      );
      return true;
    } catch (error) {
      if (isKamadoError(error, 'STORAGE_FULL')) await this.release();
      // Another process may be taking it at this moment, or the user has no right to: it is done without.
      return !isKamadoError(error);
    }
  }

  /** Gives the room up. Does nothing if another process has, or the database doesn't answer. */
  async release(): Promise<void> {
    try {
      await this.#run(sqlOnce('DROP TABLE IF EXISTS kamado_reserve'));
    } catch {
      // Whoever needs the room finds out by trying.
    }
  }
}
