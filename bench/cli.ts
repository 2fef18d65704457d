import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { percentile } from './percentile.ts';
import { heading, row } from './table.ts';

const ROUNDS = 15;
const kamado = fileURLToPath(new URL('../../bin/kamado', import.meta.url));

/** The milliseconds that a command takes, beside those that `node -e 0` takes in the same round. */
export async function benchCli(): Promise<void> {
  heading('The command line (median, ms)', 'node -e 0', 'kamado', 'ratio', 'aim');
  compare('kamado --version', ['--version'], 2);
  compare('kamado --help', ['--help'], 2);
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-cli-'));
  try {
    const up = await startUp(join(folder, 'served'));
    try {
      compare('kamado client edge_router list', ['client', 'edge_router', 'list', '--endpoint', up.endpoint], 5);
    } finally {
      await up.stop();
    }
    await compareStart(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function compare(name: string, args: readonly string[], aim: number): void {
  const rounds = Array.from({ length: ROUNDS }, () => ({ node: timed(['-e', '0']), own: timed([kamado, ...args]) }));
  print(name, rounds, aim);
}

/** From the start of `kamado up` on an empty folder to its first answer. */
async function compareStart(folder: string): Promise<void> {
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const node = timed(['-e', '0']);
    const begunMs = performance.now();
    const up = await startUp(join(folder, `empty-${round}`));
    rounds.push({ node, own: performance.now() - begunMs });
    await up.stop();
  }
  print('kamado up, on an empty folder: ready', rounds, 15);
}

interface Round {
  readonly node: number;
  readonly own: number;
}

function print(name: string, rounds: readonly Round[], aim: number): void {
  const [node, own] = [
    percentile(
      rounds.map((one) => one.node),
      0.5,
    ),
    percentile(
      rounds.map((one) => one.own),
      0.5,
    ),
  ];
  row(name, node.toFixed(0), own.toFixed(0), (own / node).toFixed(1), `≤ ${aim}`);
}

function timed(args: readonly string[]): number {
  const begunMs = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - begunMs;
}

async function startUp(dataDir: string): Promise<{ readonly endpoint: string; readonly stop: () => Promise<void> }> {
  const child = spawn(process.execPath, [kamado, 'up', '--port', '0', '--data-dir', dataDir, '--log-level', 'warn']);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const endpoint = await new Promise<string>((resolve, reject) => {
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const found = /http:\/\/\S+/.exec(output);
      if (found !== null) resolve(found[0]);
    });
    child.once('exit', (code) => reject(new Error(`kamado up ended with ${code}: ${output}`)));
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGINT');
    await ended;
  };
  return { endpoint, stop };
}
