import { startApplication } from '../src/app/index.ts';
import { createLog, systemRuntime } from '../src/app/process/index.ts';
import { readSettings } from '../src/app/settings/index.ts';

// A whole application in a process of its own, so that the load comes from another core. Settings come from the
// environment.
const settings = readSettings({}, process.env);
const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exit(1);
};
const application = await startApplication({
  runtime: systemRuntime,
  log: createLog(settings.logLevel),
  settings,
  onFatal: fail,
});
process.send?.({ port: application.address.port });
process.on('message', () => {
  void application.close().then(() => process.exit(0), fail);
});
