import { escapedCharacter, harmlessJson, type Json } from '../kernel/index.ts';

/** The width that is laid out for where standard output is no terminal. */
const DEFAULT_WIDTH = 100;
/** Narrower than this, nothing could be read. */
const SMALLEST_WIDTH = 60;

/** Writes a line to standard output. */
export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** Writes lines to standard output. */
export function printLines(lines: readonly string[]): void {
  if (lines.length > 0) print(lines.join('\n'));
}

/** Writes a line to standard error: what isn't the result. */
export function note(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** The columns of the terminal. */
export function outputWidth(): number {
  return Math.max(SMALLEST_WIDTH, process.stdout.columns ?? DEFAULT_WIDTH);
}

/** Whether standard output is a terminal. */
export function isTerminal(): boolean {
  return process.stdout.isTTY === true;
}

/** Whether colours are wanted: on a terminal, unless NO_COLOR is set (https://no-color.org). */
export function wantsColour(): boolean {
  return isTerminal() && (process.env.NO_COLOR ?? '') === '' && process.env.TERM !== 'dumb';
}

/** Indented JSON. What a terminal could take for a command of its own is escaped, which is the same value. */
export function jsonText(value: Json): string {
  return harmlessJson(JSON.stringify(value, null, 2));
}

/** JSON on one line, likewise. */
export function jsonLine(value: Json): string {
  return harmlessJson(JSON.stringify(value));
}

/** Foreign text as one line without control characters, so that it can't drive a terminal. */
export function printable(text: string): string {
  return harmlessJson(
    text
      .replaceAll('\n', '\\n')
      .replaceAll('\t', '\\t')
      .replaceAll(/\p{Cc}/gu, escapedCharacter),
  );
}

/** Ends the process without an error when the reader of its output has closed it (`kamado … | head`). */
export function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    note(`error: standard output cannot be written: ${error.code ?? error.message}`);
    process.exit(1);
  });
}
