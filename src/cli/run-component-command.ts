import { Argument, type Command } from 'commander';
import type { ComponentName } from '../app/index.ts';
import { createLog, loadComponents, systemRuntime } from '../app/process/index.ts';
import { kamadoError } from '../kernel/index.ts';
import { settingsOf } from './common-options.ts';
import { print } from './output.ts';
import { runProcess } from './run-process.ts';

/** The names of the components; a help text loads none of them. */
const components = ['api', 'sync', 'controller', 'worker', 'timeline'] as const satisfies readonly ComponentName[];

/** `kamado run <component>`: one component in a process of its own. */
export function define(command: Command): void {
  command.addArgument(new Argument('<component>', 'the component').choices(components));
  command.action(async (given: string) => {
    const name = components.find((component) => component === given);
    if (name === undefined) throw kamadoError('USAGE', { reason: `the components are ${components.join(', ')}` });
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
      print(`The component ${name} runs.`);
      return component;
    });
  });
}
