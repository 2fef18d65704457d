import { CommanderError } from 'commander';
import { errorText, isKamadoError } from '../kernel/index.ts';
import { note, printable } from './output.ts';

/** Exit codes: it worked, it failed, it was called in a way that makes no sense. */
export const exitCodes = { success: 0, failure: 1, usage: 2 } as const;

/** The codes with which commander ends a call for help or the version, which is no error. */
const fine = new Set(['commander.helpDisplayed', 'commander.version']);

/** Says on standard error what went wrong and what to do, never a stack trace. Returns the exit code. */
export function reportError(error: unknown): number {
  if (error instanceof CommanderError) return reportUsage(error);
  if (isKamadoError(error)) {
    note(`error: ${lines(error.message)}`);
    note(lines(error.remedy));
    return error.code === 'USAGE' ? exitCodes.usage : exitCodes.failure;
  }
  note(`error: ${lines(unexpectedText(error))}`);
  note('If it is not clear why, start it with --log-level debug and report what it says.');
  return exitCodes.failure;
}

/** The message of an unexpected error. Errors of the system name files and codes; others could quote a secret, so only their name is printed. */
function unexpectedText(error: unknown): string {
  const isOfSystem = error instanceof Error && 'syscall' in error;
  if (isOfSystem) return errorText(error);
  return `an unexpected error occurred (${error instanceof Error ? error.name : typeof error}).`;
}

function reportUsage(error: CommanderError): number {
  if (fine.has(error.code)) return exitCodes.success;
  // Without a command commander has printed the help already.
  if (error.code !== 'commander.help') {
    note(`error: ${printable(error.message.replace(/^error: /, '').replaceAll('\n', ' '))}`);
    note('See --help.');
  }
  return exitCodes.usage;
}

/** The lines of an error; a list of faults has several, and each may quote foreign text. */
function lines(text: string): string {
  return text.replaceAll('\t', '  ').split('\n').map(printable).join('\n');
}
