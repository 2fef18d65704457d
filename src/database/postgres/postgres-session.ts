import type pg from 'pg';
import { isKamadoError, type Log } from '../../kernel/index.ts';
import type { SqlResult, SqlRow, Statement, TransactionFunction } from '../sql.ts';
import { translated } from './postgres-errors.ts';
import type { Frame } from './postgres-frame.ts';
import type { PreparedStatements } from './postgres-statements.ts';

/** A transaction function after its first step. */
export interface Begun<Result> {
  readonly steps: TransactionFunction<Result>;
  readonly step: IteratorResult<Statement, Result>;
}

/** Whether a step runs before the transaction begins. */
export function isAhead<Result>(step: IteratorResult<Statement, Result>): step is IteratorYieldResult<Statement> {
  return !step.done && step.value.ahead === true;
}

/** A connection that is lent. */
export class PostgresSession {
  readonly #client: pg.PoolClient;
  readonly #statements: PreparedStatements;
  readonly #log: Log;
  readonly #onFull: (reason: string) => void;
  #isClean = true;

  /** @param onFull is called when the server's disk is full */
  constructor(client: pg.PoolClient, statements: PreparedStatements, log: Log, onFull: (reason: string) => void) {
    this.#client = client;
    this.#statements = statements;
    this.#log = log;
    this.#onFull = onFull;
  }

  /** Whether no work is left unfinished on it, so that it can be used again. */
  get isClean(): boolean {
    return this.#isClean;
  }

  async send(statement: Statement): Promise<SqlResult> {
    try {
      const result = await this.#client.query<SqlRow>(this.#statements.queryOf(statement));
      return { rows: result.rows, changes: result.rowCount ?? 0 };
    } catch (error) {
      throw this.#noted(error);
    }
  }

  /** Runs the statements that are read before the transaction begins. Returns the step after them. */
  async readAhead<Result>({ steps, step: first }: Begun<Result>): Promise<IteratorResult<Statement, Result>> {
    let step = first;
    while (isAhead(step)) step = steps.next(await this.send(step.value));
    return step;
  }

  /** Runs the rest of a transaction function in a transaction. */
  async runIn<Result>(frame: Frame, { steps, step: first }: Begun<Result>): Promise<Result> {
    let end = frame.rollback;
    try {
      await this.#control(frame.begin);
      let step = first;
      while (!step.done) {
        const result = await this.send(step.value);
        end = frame.refuse;
        step = steps.next(result);
        end = frame.rollback;
      }
      end = frame.release;
      await this.#control(frame.commit);
      return step.value;
    } catch (error) {
      await this.#end(end, frame);
      throw error;
    }
  }

  /** Ends a transaction that failed. @throws Conflict if the data that an error rests on was not committed */
  async #end(end: string, frame: Frame): Promise<void> {
    // Without an answer there is nothing to end: the transaction ends with its connection.
    if (!this.#isClean || end === '') return;
    try {
      await this.#control(end);
    } catch (error) {
      if (end === frame.refuse) {
        await this.#end(frame.release, frame);
        throw error;
      }
      this.#isClean = false;
      this.#log.debug({ reason: String(error) }, 'A transaction could not be ended; its connection is given up.');
    }
  }

  /** Sends several statements as one text. */
  async #control(text: string): Promise<void> {
    try {
      await this.#client.query(text);
    } catch (error) {
      throw this.#noted(error);
    }
  }

  #noted(error: unknown): Error {
    const known = translated(error);
    if (isKamadoError(known, 'DATABASE_UNAVAILABLE')) this.#isClean = false;
    if (isKamadoError(known, 'STORAGE_FULL')) this.#onFull(String(known.params.reason));
    return known;
  }
}
