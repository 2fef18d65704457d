import { startHouse } from '../src/app/index.ts';
import { createLog, systemRuntime } from '../src/app/process/index.ts';
import { readSettings } from '../src/app/settings/index.ts';

// A whole house in a process of its own, so that the load comes from another core. Settings come from the environment.
const settings = readSettings({}, process.env);
const fail = (error: unknown): void => {
  process.stderr.write(`${error instanceof Error ? error.message : 'failed'}\n`);
  process.exit(1);
};
const house = await startHouse({
  runtime: systemRuntime,
  log: createLog(settings.logLevel),
  settings,
  onFatal: fail,
});
process.send?.({ port: house.address.port });
process.on('message', () => {
  void house.close().then(() => process.exit(0), fail);
});
