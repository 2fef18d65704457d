import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startApplication } from '../src/app/index.ts';
import { createLog, systemRuntime } from '../src/app/process/index.ts';
import { readSettings } from '../src/app/settings/index.ts';

/** The report: the port; the milliseconds from the begin of the process to serving; its memory after a collection. */
export interface TypesReport {
  readonly port: number;
  readonly startedMs: number;
  readonly residentBytes: number;
  readonly heapBytes: number;
}

// A whole application in a process of its own, which reports its memory on request.
setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');
const settings = readSettings({}, process.env);
const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exit(1);
};
const log = createLog(settings.logLevel);
const application = await startApplication({ runtime: systemRuntime, log, settings, onFatal: fail });
const startedMs = performance.now();
report();

process.on('message', (request) => {
  if (request === 'stop') void application.close().then(() => process.exit(0), fail);
  else report();
});

function report(): void {
  collect();
  const { rss: residentBytes, heapUsed: heapBytes } = process.memoryUsage();
  const report: TypesReport = { port: application.address.port, startedMs, residentBytes, heapBytes };
  process.send?.(report);
}
