import type { Command } from 'commander';
import type { Application, ApplicationOptions } from '../app/index.ts';
import { createLog, loadComponents, systemRuntime } from '../app/process/index.ts';
import { settingsOf } from './common-options.ts';
import { urlOf } from './endpoint.ts';
import { note, print, printable } from './output.ts';
import { reportError } from './report-error.ts';
import { runProcess } from './run-process.ts';

/** `kamado up`: every component in one process. */
export function define(command: Command): void {
  command.option('--watch', 'serve the catalogue anew whenever its files change: for those who write one');
  command.action(async () => {
    const settings = settingsOf(command);
    const log = createLog(settings.logLevel);
    await runProcess(log, async ({ onFatal, failing, ending }) => {
      const options = { runtime: systemRuntime, log, settings, onFatal, failing, ending };
      const application =
        command.getOptionValue('watch') === true ? await startWatching(options) : await start(options);
      print(`Kamado serves at ${urlOf(application.address)}`);
      return application;
    });
  });
}

async function start(options: ApplicationOptions): Promise<Application> {
  await loadComponents();
  const { startApplication } = await import('../app/index.ts');
  return await startApplication(options);
}

async function startWatching(options: ApplicationOptions): Promise<Application> {
  const { startReloadingApplication } = await import('../app/index.ts');
  const { changesText } = await import('../catalog/index.ts');
  const application = await startReloadingApplication(options, {
    onServed: (changes, tookMs) =>
      print(`Served anew after ${Math.round(tookMs)} ms: ${printable(changesText(changes))}`),
    onRefused: (error) => {
      reportError(error);
      note('What was served before goes on.');
    },
    onMended: () => print('The catalogue is again what is served.'),
    onWarning: (warning) => note(`warning: ${printable(warning)}`),
  });
  print(`Changes of ${options.settings.catalog} are served as they are saved.`);
  return application;
}
