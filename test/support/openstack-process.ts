import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { listens } from './programs.ts';

/** A service of OpenStack that runs for a test. */
export interface ServiceProcess {
  /** SIGKILL, with its children; the data stays. */
  readonly kill: () => Promise<void>;
  /** Starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
}

/** How a service is started. */
export interface ServiceCommand {
  readonly program: string;
  readonly args: readonly string[];
  readonly port: number;
  readonly environment?: Readonly<Record<string, string>>;
}

const START_MS = 60_000;

/** Starts a service, and waits until it listens. */
export async function startService(command: ServiceCommand): Promise<ServiceProcess> {
  let service = await run(command);
  return {
    kill: () => end(service),
    restart: async () => {
      await end(service);
      service = await run(command);
    },
  };
}

/** Runs a program to its end. */
export async function runProgram(program: string, args: readonly string[]): Promise<void> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const output = lastOutput(child);
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${output()}`);
}

async function run({ program, args, port, environment = {} }: ServiceCommand): Promise<ChildProcess> {
  // A group of its own, so that what it forks ends with it.
  const service = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true,
    env: { ...process.env, ...environment },
  });
  const output = lastOutput(service);
  const deadline = performance.now() + START_MS;
  while (performance.now() < deadline && service.exitCode === null) {
    if (await listens(port)) return service;
    await pause(50);
  }
  await end(service);
  throw new Error(`${program} did not start: ${output()}`);
}

async function end(service: ChildProcess): Promise<void> {
  if (service.pid === undefined || service.exitCode !== null || service.signalCode !== null) return;
  const ended = once(service, 'exit');
  process.kill(-service.pid, 'SIGKILL');
  await ended;
}

function lastOutput(program: ChildProcess): () => string {
  let output = '';
  program.stderr?.on('data', (chunk: Buffer) => {
    output = `${output}${chunk}`.slice(-4_000);
  });
  return () => output;
}
