/**
 * The quick start: two simulated edge routers, every component in one process, and an HA router on its way to ACTIVE.
 */
import { join } from 'node:path';
import type { Application } from '../src/app/index.ts';
import { createLog, systemRuntime } from '../src/app/process/index.ts';
import type { Settings } from '../src/app/settings/index.ts';
import {
  createHttpClient,
  endWithReader,
  newCommand,
  optionOf,
  type ProcessContext,
  print,
  type Running,
  runCommand,
  runProcess,
  settingsOf,
  urlOf,
} from '../src/cli/index.ts';
import { isKamadoError, kamadoError, type Log } from '../src/kernel/index.ts';
import { HA_ROUTER, printWhatNext, showDemo } from './demo-show.ts';
import { LAB_LOGIN, LAB_PASSWORD, LAB_PORT, type Lab, startLab } from './lab.ts';

/** Runs the quick start with the arguments of `npm start --`. Sets the exit code. */
export async function main(args: readonly string[]): Promise<void> {
  endWithReader();
  const command = newCommand('npm start --')
    .description('Start Kamado with two simulated edge routers, and bring an HA router to ACTIVE.')
    .option('--lab-port <port>', `port of the simulated routers (default ${LAB_PORT})`);
  command.action(async () => {
    // The timeline is the output to watch, so only warnings are logged.
    const settings = settingsOf(command, { logLevel: 'warn' });
    const labPort = readLabPort(optionOf(command, 'labPort'));
    const log = createLog(settings.logLevel);
    await runProcess(log, (context) => start(context, { settings, log, labPort }));
  });
  process.exitCode = await runCommand(command, args);
}

interface DemoOptions {
  readonly settings: Settings;
  readonly log: Log;
  readonly labPort: number;
}

async function start({ onFatal, ending }: ProcessContext, { settings, log, labPort }: DemoOptions): Promise<Running> {
  const { startApplication } = await import('../src/app/index.ts');
  let application: Application | null = null;
  const lab = await startLab(join(settings.dataDir, 'lab'), { port: labPort, report: print });
  try {
    application = await startApplication({ runtime: systemRuntime, log, settings, onFatal });
    announce(lab, settings);
    const client = createHttpClient(urlOf(application.address));
    const showing = showDemo({
      client,
      routers: lab.routers.map(({ name, address, port }) => ({
        name,
        ip: address,
        port,
        login: LAB_LOGIN,
        password: LAB_PASSWORD,
      })),
      ending,
    })
      .catch((error: unknown) => {
        // Errors after the end was requested are no failures.
        if (ending.aborted) return;
        if (!isKamadoError(error)) throw error;
        // A fault of the sample may be caused by its environment. Kamado keeps running.
        print(`The sample could not be brought to ACTIVE: ${error.message}\n${error.remedy}`);
        printWhatNext(client.endpoint, HA_ROUTER);
      })
      .catch(onFatal);
    return { close: () => closeAll([application, lab], showing) };
  } catch (error) {
    await closeAll([application, lab], Promise.resolve());
    throw error;
  }
}

function announce({ routers }: Lab, { dataDir }: Settings): void {
  for (const { name, address, port } of routers) print(`${name} (simulated) speaks NETCONF at ${address}:${port}`);
  print(`Kamado keeps its data in ${dataDir}`);
}

async function closeAll(parts: readonly (Running | null)[], showing: Promise<void>): Promise<void> {
  for (const part of parts) await part?.close();
  await showing;
}

function readLabPort(text: string | undefined): number {
  if (text === undefined) return LAB_PORT;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw kamadoError('USAGE', { reason: '--lab-port must be an integer from 0 to 65535' });
}
