import { appendFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { startApplication } from '../../src/app/application.ts';
import { createLog } from '../../src/app/process/log.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings } from '../../src/app/settings/settings.ts';
import { runProcess } from '../../src/cli/run-process.ts';
import { sleep } from '../../src/kernel/runtime.ts';
import type { Handler } from '../../src/worker/handler.ts';

/** This program, a house whose handler ends the process at some jobs: `node <this> <data folder> <catalogue> <ledger>`. */
export const deadlyProcess = fileURLToPath(import.meta.url);

const WORK_MS = 150;

/** How a job ends its process, by the name of its resource. */
const ends: { readonly [name: string]: () => void } = {
  kill: () => process.kill(process.pid, 'SIGKILL'),
  exit: () => process.exit(0),
  throw: () => {
    setImmediate(() => {
      throw new Error('nobody catches it');
    });
  },
};

if (process.argv[1] === deadlyProcess) await main(process.argv.slice(2));

async function main([dataDir = '', catalog = '', ledger = '']: readonly string[]): Promise<void> {
  const settings = readSettings({ port: '0', dataDir, catalog }, {});
  const log = createLog('warn');
  const maker: Handler = {
    name: 'maker',
    canModify: true,
    run: async (job, { runtime, signal }) => {
      const { name } = job.resource_input;
      appendFileSync(ledger, `begin ${job.resource_id}\n`);
      ends[typeof name === 'string' ? name : '']?.();
      await sleep(runtime, WORK_MS, signal);
      if (signal.aborted) throw new Error('told to stop');
      appendFileSync(ledger, `done ${job.resource_id}\n`);
      return {};
    },
  };
  await runProcess(log, async ({ onFatal, failing }) => {
    const application = await startApplication({
      runtime: systemRuntime,
      log,
      settings,
      onFatal,
      failing,
      handlers: [maker],
    });
    process.stdout.write(`serves ${application.address.port}\n`);
    return application;
  });
}
