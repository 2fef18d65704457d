import type { Command } from 'commander';
import type { House, HouseOptions } from '../app/index.ts';
import { createLog, loadComponents, systemRuntime } from '../app/process/index.ts';
import { settingsOf } from './common-options.ts';
import { urlOf } from './endpoint.ts';
import { note, print, printable } from './output.ts';
import { reportError } from './report-error.ts';
import { runProcess } from './run-process.ts';

/** `kamado up`: every room in one process. */
export function define(command: Command): void {
  command.option('--watch', 'serve the catalogue anew whenever its files change: for those who write one');
  command.action(async () => {
    const settings = settingsOf(command);
    const log = createLog(settings.logLevel);
    await runProcess(log, async ({ onFatal, failing, ending }) => {
      const options = { runtime: systemRuntime, log, settings, onFatal, failing, ending };
      const house = command.getOptionValue('watch') === true ? await startWatching(options) : await start(options);
      print(`Kamado serves at ${urlOf(house.address)}`);
      return house;
    });
  });
}

async function start(options: HouseOptions): Promise<House> {
  await loadComponents();
  const { startHouse } = await import('../app/index.ts');
  return await startHouse(options);
}

async function startWatching(options: HouseOptions): Promise<House> {
  const { startReloadingHouse } = await import('../app/index.ts');
  const { changesText } = await import('../catalog/index.ts');
  const house = await startReloadingHouse(options, {
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
  return house;
}
