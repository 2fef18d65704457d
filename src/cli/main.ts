import { commands } from './commands.ts';
import { newCommand } from './common-options.ts';
import { endWithReader } from './output.ts';
import { runCommand } from './run-command.ts';

/** A URL that carries a password. */
const WITH_PASSWORD = /:\/\/[^/\s]*:[^/\s]*@/;

/** Everybody on the machine is shown the arguments of a process: they are replaced by its name where one is a secret. */
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
  for (const { name, summary } of commands) program.addCommand(newCommand(name).description(summary));
  program.hook('preSubcommand', async (_program, command) => {
    const loaded = await commands.find(({ name }) => name === command.name())?.load();
    loaded?.define(command);
  });
  process.exitCode = await runCommand(program, args);
}
