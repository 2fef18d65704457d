import { systemRuntime } from '../../src/app/process/index.ts';
import { kamadoError } from '../../src/kernel/index.ts';
import { parseLine } from '../command-line.ts';
import { type OpenStackDouble, startOpenStackDouble } from './openstack-double.ts';

/** Heat's own port. */
const DEFAULT_PORT = '8004';

/**
 * Starts the double for the arguments `openstack [--port 8004] [--keystone]`, and prints the settings of its clients,
 * ready for a shell. @throws USAGE, PORT_IN_USE, ADDRESS_UNUSABLE
 */
export async function startOpenStackLab(
  args: readonly string[],
  print: (line: string) => void,
): Promise<OpenStackDouble> {
  const { port, keystone } = readArguments(args);
  const double = await startOpenStackDouble({ runtime: systemRuntime, port, ...(keystone && { keystone: {} }) });
  print(`# a simulated Heat listens on ${double.endpoint}; its stacks are kept in memory; end with Ctrl-C`);
  for (const [name, value] of Object.entries(double.environment)) print(`export ${name}=${value}`);
  return double;
}

function readArguments(args: readonly string[]): { readonly port: number; readonly keystone: boolean } {
  const { port, keystone } = parseLine(args, {
    port: { type: 'string', default: DEFAULT_PORT },
    keystone: { type: 'boolean', default: false },
  });
  const number = Number(port);
  if (!/^\d+$/.test(port) || number > 65_535) {
    throw kamadoError('USAGE', { reason: '--port must be an integer from 0 to 65535' });
  }
  return { port: number, keystone };
}
