import { catalogCommand } from './catalog-command.ts';
import { clientCommand } from './client/client-command.ts';
import { newCommand } from './common-options.ts';
import { jobCommand } from './job-command.ts';
import { endWithReader } from './output.ts';
import { recordCommand } from './record-command.ts';
import { replayCommand } from './replay-command.ts';
import { roomCommand } from './room-command.ts';
import { runCommand } from './run-command.ts';
import { schemaCommand } from './schema-command.ts';
import { storeCommand } from './store-command.ts';
import { timelineCommand } from './timeline-command.ts';
import { upCommand } from './up-command.ts';

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
  const program = newCommand('kamado')
    .description('A service-orchestration control plane: schemas become an API, jobs and configured devices.')
    .addCommand(upCommand())
    .addCommand(roomCommand())
    .addCommand(clientCommand())
    .addCommand(timelineCommand())
    .addCommand(jobCommand())
    .addCommand(storeCommand())
    .addCommand(catalogCommand())
    .addCommand(schemaCommand())
    .addCommand(recordCommand())
    .addCommand(replayCommand());
  process.exitCode = await runCommand(program, args);
}
