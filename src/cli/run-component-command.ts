import { Argument, type Command } from 'commander';
import type { ComponentName } from '../app/index.ts';
import { createLog, loadComponents, systemRuntime } from '../app/process/index.ts';
import { kamadoError } from '../kernel/index.ts';
import { settingsOf } from './common-options.ts';
import { print } from './output.ts';
import { runProcess } from './run-process.ts';

/** The rooms, without loading them all for the sake of a help text. */
const components = ['api', 'sync', 'controller', 'worker', 'timeline'] as const satisfies readonly ComponentName[];

/** `kamado room <name>`: one room in a process of its own. */
export function define(command: Command): void {
  command.addArgument(new Argument('<name>', 'the room').choices(components));
  command.action(async (given: string) => {
    const name = components.find((component) => component === given);
    if (name === undefined) throw kamadoError('USAGE', { reason: `the rooms are ${components.join(', ')}` });
    const settings = settingsOf(command);
    const log = createLog(settings.logLevel);
    await runProcess(log, async ({ onFatal, failing, ending }) => {
      await loadComponents();
      const { startComponentProcess } = await import('../app/index.ts');
      const component = await startComponentProcess(name, {
        runtime: systemRuntime,
        log,
        settings,
        onFatal,
        failing,
        ending,
      });
      print(`The room ${name} runs.`);
      return component;
    });
  });
}
