/**
 * The lab as a process of its own: `node dist/lab/main.js [--folder F] [--fault edge-router-1=refuse …]` runs the
 * routers, `node dist/lab/main.js openstack [--port 8004] [--keystone]` an OpenStack.
 */
import { errorText, isKamadoError, kamadoError } from '../src/kernel/index.ts';
import { parseLine } from './command-line.ts';
import { type Fault, faultNames } from './fault.ts';
import { LAB_LOGIN, LAB_PASSWORD, type Lab, labRouters, startLab } from './lab.ts';
import { startOpenStackLab } from './openstack/openstack-command.ts';

const DEFAULT_FOLDER = '.kamado-lab';

try {
  await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`${errorText(error)}\n`);
  if (isKamadoError(error)) process.stderr.write(`${error.remedy}\n`);
  process.exitCode = 1;
}

async function main(args: readonly string[]): Promise<void> {
  const [first, ...rest] = args;
  const running = first === 'openstack' ? await startOpenStackLab(rest, print) : await startRouters(args);
  await signalled();
  await running.close();
}

async function startRouters(args: readonly string[]): Promise<Lab> {
  const { folder, faults } = readArguments(args);
  const lab = await startLab(folder, { faults, report: print });
  for (const router of lab.routers) print(`${router.name} listens on ${router.address}:${router.port}`);
  print(`login ${LAB_LOGIN}, password ${LAB_PASSWORD}; host keys and faults in ${folder}; end with Ctrl-C`);
  return lab;
}

function readArguments(args: readonly string[]): { folder: string; faults: ReadonlyMap<string, Fault> } {
  const { folder, fault } = parseLine(args, {
    folder: { type: 'string', default: DEFAULT_FOLDER },
    fault: { type: 'string', multiple: true, default: [] },
  });
  return { folder, faults: new Map(fault.map(readFault)) };
}

/** 'edge-router-1=hang:hello' */
function readFault(text: string): [string, Fault] {
  const [name = '', faultName = ''] = text.split('=', 2);
  const fault = faultNames.get(faultName);
  if (!labRouters.some((router) => router.name === name)) {
    const known = labRouters.map((router) => router.name).join(', ');
    throw kamadoError('USAGE', { reason: `--fault ${text}: the routers are ${known}` });
  }
  if (fault === undefined) {
    const known = [...faultNames.keys()].join(', ');
    throw kamadoError('USAGE', { reason: `--fault ${text}: the faults are ${known}` });
  }
  return [name, fault];
}

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
