import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The options for starting Kamado for an attack. */
export interface TargetOptions {
  /** The folder of the catalogue. */
  readonly catalog: string;
  /** Further environment. */
  readonly environment?: { readonly [name: string]: string };
}

/** A `kamado up` in a process of its own, on SQLite and the embedded store in a temporary folder. */
export interface Target {
  readonly port: number;
  readonly dataDir: string;
  /** The present process id. */
  readonly pid: () => number;
  /** The last part of its output. */
  readonly output: () => string;
  /** The unexpected end of the process, as text; null while it runs. */
  readonly ended: () => string | null;
  /** The largest resident memory so far, in MiB; null if the system doesn't say. */
  readonly peakMemoryMib: () => Promise<number | null>;
  /** Kills it, like a crash, and starts it again on the same data and port. */
  readonly restart: () => Promise<void>;
  /** Ends it with SIGTERM, and removes its data. */
  readonly stop: () => Promise<void>;
}

const PROGRAM = fileURLToPath(new URL('../../../bin/kamado', import.meta.url));
const START_MS = 60_000;
const END_MS = 10_000;
const OUTPUT_CHARACTERS = 20_000;

/** Starts Kamado, and resolves when it serves. The caller stops it. */
export async function startTarget(options: TargetOptions): Promise<Target> {
  const dataDir = await mkdtemp(join(tmpdir(), 'kamado-attack-'));
  let running: Running;
  try {
    running = await run(dataDir, 0, options);
  } catch (error) {
    await rm(dataDir, { recursive: true, force: true });
    throw error;
  }
  let peakMib: number | null = null;
  const lookAtMemory = async (): Promise<number | null> => {
    const nowMib = await memoryPeakMib(running.child.pid ?? 0);
    if (nowMib !== null) peakMib = Math.max(peakMib ?? 0, nowMib);
    return peakMib;
  };
  return {
    port: running.port,
    dataDir,
    pid: () => running.child.pid ?? 0,
    output: () => running.output(),
    ended: () => endOf(running.child),
    peakMemoryMib: lookAtMemory,
    restart: async () => {
      await lookAtMemory();
      await end(running.child, 'SIGKILL');
      running = await run(dataDir, running.port, options);
    },
    stop: async () => {
      await end(running.child, 'SIGTERM');
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

interface Running {
  readonly child: ChildProcess;
  readonly port: number;
  readonly output: () => string;
}

async function run(dataDir: string, port: number, { catalog, environment = {} }: TargetOptions): Promise<Running> {
  const args = ['up', '--data-dir', dataDir, '--port', String(port), '--catalog', catalog, '--log-level', 'warn'];
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  });
  const endWithUs = (): void => void child.kill('SIGKILL');
  process.once('exit', endWithUs);
  child.once('exit', () => process.off('exit', endWithUs));
  let output = '';
  const served = new Promise<number>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`Kamado did not start: ${output}`)), START_MS);
    const settle = (): void => clearTimeout(timer);
    const onData = (chunk: Buffer): void => {
      output = `${output}${chunk}`.slice(-OUTPUT_CHARACTERS);
      const address = /serves at http:\/\/[^\s]*:(\d+)/.exec(output);
      if (address?.[1] === undefined) return;
      settle();
      resolve(Number(address[1]));
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.once('exit', (code, signal) => {
      settle();
      reject(new Error(`Kamado ended (${signal ?? code}): ${output}`));
    });
  });
  try {
    return { child, port: await served, output: () => output };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

function endOf({ exitCode, signalCode }: ChildProcess): string | null {
  if (signalCode !== null) return signalCode;
  return exitCode === null ? null : `exit code ${exitCode}`;
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  if (endOf(child) !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  // A process that hangs, which an attack may have caused, ignores SIGTERM.
  const timer = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(timer);
}

/** `VmHWM` of Linux: the peak of the resident set. */
async function memoryPeakMib(pid: number): Promise<number | null> {
  try {
    const kib = /^VmHWM:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kib === undefined ? null : Number(kib) / 1024;
  } catch {
    // The process has ended, or this is another system.
    return null;
  }
}
