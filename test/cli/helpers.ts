import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';

/** What a process printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that is under way. */
export interface Running {
  readonly child: ChildProcess;
  /** What it has printed so far. */
  readonly output: () => Ended;
  /** Resolves when the pattern is on its standard output; fails where it ends before. */
  readonly printed: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<Ended>;
  /** Sends a signal and waits for the end. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Ended>;
}

export interface RunOptions {
  readonly env?: { readonly [name: string]: string };
  readonly cwd?: string;
}

const PATIENCE_MS = 60_000;

/** The folder of the package whose build these tests are part of. */
export const packageRoot = rootAbove(dirname(fileURLToPath(import.meta.url)));
export const kamadoFile = join(packageRoot, 'bin', 'kamado');

/** Starts a script of the package with Node; it ends with the test. */
export function start(t: TestContext, file: string, args: readonly string[], options: RunOptions = {}): Running {
  const child = spawn(process.execPath, [file, ...args], {
    cwd: options.cwd ?? packageRoot,
    env: { ...plainEnvironment(), ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = once(child, 'close').then(() => ({ code: child.exitCode, stdout, stderr }));
  const running: Running = {
    child,
    output: () => ({ code: child.exitCode, stdout, stderr }),
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const finish = (settle: () => void): void => {
          clearTimeout(timer);
          listeners.delete(look);
          settle();
        };
        const fail = (why: string) => () => reject(new Error(`${why} before ${pattern}: ${stdout}\n${stderr}`));
        const look = (): void => {
          const match = stdout.match(pattern);
          if (match !== null) finish(() => resolve(match));
        };
        const timer = setTimeout(() => finish(fail('the time was up')), PATIENCE_MS);
        listeners.add(look);
        void ended.then(() => finish(fail('it ended')));
        look();
      }),
    ended,
    end: async (signal = 'SIGTERM') => {
      child.kill(signal);
      return await ended;
    },
  };
  t.after(async () => {
    if (child.exitCode === null && child.signalCode === null) await running.end('SIGKILL');
  });
  return running;
}

/** Runs `kamado` to its end. */
export async function kamado(t: TestContext, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return await start(t, kamadoFile, args, options).ended;
}

/** Starts `kamado up` on a free port; resolves with its address when it serves. */
export async function startUp(
  t: TestContext,
  args: readonly string[],
): Promise<Running & { readonly endpoint: string }> {
  const running = start(t, kamadoFile, ['up', '--port', '0', '--log-level', 'warn', ...args]);
  const [, endpoint = ''] = await running.printed(/^Kamado serves at (http:\S+)$/m);
  return { ...running, endpoint };
}

/** A folder that is removed after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'kamado-cli-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Checks that it failed with that exit code, said what and what to do, and showed nothing of its inside. */
export function assertFailed(ended: Ended, code: number, message: RegExp): void {
  assert.equal(ended.code, code, ended.stderr);
  assert.match(ended.stderr, message);
  assert.match(ended.stderr, /^error: .+\n(?:.*\n)*.+\n$/m);
  assert.doesNotMatch(ended.stderr, /\bat .*(?:\.[jt]s|node:)|KamadoError|CommanderError/);
}

/** The environment without what would change a command. */
function plainEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:KAMADO|GOHAN|ETCDCTL|npm)_|^NODE_|^NO_COLOR$/.test(name)),
  );
}

function rootAbove(folder: string): string {
  if (existsSync(join(folder, 'bin', 'kamado'))) return folder;
  assert.notEqual(dirname(folder), folder, 'bin/kamado is nowhere above');
  return rootAbove(dirname(folder));
}
