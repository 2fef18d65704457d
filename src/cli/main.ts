import { commands } from './commands.ts';
import { newCommand } from './common-options.ts';
import { endWithReader } from './output.ts';
import { runCommand } from './run-command.ts';

/** A URL that carries a password. */
const WITH_PASSWORD = /:\/\/[^/\s]*:[^/\s]*@/;

/** Hides the arguments of this process, which every user of the machine can list, if one of them may be a secret. */
function hideSecretArguments(args: readonly string[]): void {
  if (args.includes('client') || args.some((arg) => WITH_PASSWORD.test(arg))) process.title = 'kamado';
}

/** The command `kamado`. Sets the exit code: 0 it worked, 1 it failed, 2 it was called wrongly. */
export async function main(args: readonly string[]): Promise<void> {
  endWithReader();
  hideSecretArguments(args);
  const program = newCommand('kamado').description(
    'A service-orchestration control plane: schemas become an API, jobs and configured devices.',
  );
  for (const { name, formerName, summary } of commands) {
    program.addCommand(newCommand(name).description(summary));
    if (formerName !== undefined) program.addCommand(newCommand(formerName).description(summary), { hidden: true });
  }
  program.hook('preSubcommand', async (_program, command) => {
    const called = command.name();
    const loaded = await commands.find(({ name, formerName }) => name === called || formerName === called)?.load();
    loaded?.define(command);
  });
  process.exitCode = await runCommand(program, args);
}
