import { isKamadoError, limits } from '../../kernel/index.ts';
import { type Statement, sqlOnce } from '../sql.ts';

/** The size of a row of the reserve: short enough to be neither compressed nor stored out of line. */
const ROW_CHARACTERS = 1_900;

/**
 * Reserved space in a database of PostgreSQL: a table that is dropped when the server's disk is full, so that
 * deletions, which write a little, continue. All processes on the database share it.
 */
export class PostgresReserve {
  readonly #run: (statement: Statement) => Promise<unknown>;

  /** @param run runs a statement by itself; rejects as the driver does */
  constructor(run: (statement: Statement) => Promise<unknown>) {
    this.#run = run;
  }

  /** Takes the space, unless another process has. Returns false if there is none, or the database doesn't answer. */
  async take(): Promise<boolean> {
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
      // Another process may be taking it at this moment, or the user may lack the right: there is no reserve then.
      return !isKamadoError(error);
    }
  }

  /** Releases the space. Does nothing if another process has, or the database doesn't answer. */
  async release(): Promise<void> {
    try {
      await this.#run(sqlOnce('DROP TABLE IF EXISTS kamado_reserve'));
    } catch {
      // The work that needs the space finds out by trying.
    }
  }
}
