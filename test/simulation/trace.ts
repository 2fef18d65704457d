import { createHash } from 'node:crypto';
import type { Log } from '../../src/kernel/log.ts';

/** What is shown of a run that failed. */
const SHOWN_LINES = 40;

/** What happened, line by line: the last lines as text, all of them as a hash. */
export class Trace {
  readonly #nowMs: () => number;
  readonly #print: ((line: string) => void) | null;
  readonly #hash = createHash('sha256');
  #last: string[] = [];

  constructor(nowMs: () => number, print: ((line: string) => void) | null) {
    this.#nowMs = nowMs;
    this.#print = print;
  }

  note(who: string, what: string): void {
    const line = `${this.#nowMs().toFixed(1).padStart(9)} ${who.padEnd(14)} ${what}`;
    this.#hash.update(line);
    this.#last.push(line);
    if (this.#last.length >= 2 * SHOWN_LINES) this.#last = this.#last.slice(-SHOWN_LINES);
    this.#print?.(line);
  }

  get lastLines(): readonly string[] {
    return this.#last.slice(-SHOWN_LINES);
  }

  /** The hash of all lines. The trace takes no more. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /** A room's log: warnings and errors become lines. */
  logOf(who: string, onError: (text: string) => void): Log {
    const text = (fields: unknown, message: string): string => `${message} ${JSON.stringify(fields)}`;
    const log: Log = {
      debug: () => {},
      info: (fields, message) => this.note(who, text(fields, message)),
      warn: (fields, message) => this.note(who, `warning: ${text(fields, message)}`),
      error: (fields, message) => {
        this.note(who, `error: ${text(fields, message)}`);
        onError(text(fields, message));
      },
      child: () => log,
    };
    return log;
  }
}
