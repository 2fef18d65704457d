import type { Command } from 'commander';
import { exitCodes, reportError } from './report-error.ts';

/** Runs a command line. What goes wrong is reported on standard error. Returns the exit code. */
export async function runCommand(program: Command, args: readonly string[]): Promise<number> {
  try {
    await program.parseAsync([...args], { from: 'user' });
    return exitCodes.success;
  } catch (error) {
    return reportError(error);
  }
}
