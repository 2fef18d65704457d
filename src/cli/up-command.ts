import type { Command } from 'commander';
import { createLog } from '../app/log.ts';
import { systemRuntime } from '../app/system-runtime.ts';
import { newCommand, settingsOf } from './common-options.ts';
import { urlOf } from './endpoint.ts';
import { print } from './output.ts';
import { runProcess } from './run-process.ts';

/** `kamado up`: every room in one process. */
export function upCommand(): Command {
  const command = newCommand('up').description('run every room in one process, until Ctrl-C');
  return command.action(async () => {
    const settings = settingsOf(command);
    const log = createLog(settings.logLevel);
    await runProcess(log, async ({ onFatal }) => {
      const { startHouse } = await import('../app/house.ts');
      const house = await startHouse({ runtime: systemRuntime, log, settings, onFatal });
      print(`Kamado serves at ${urlOf(house.address)}`);
      return house;
    });
  });
}
