import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { CrashAt } from './crash-points.ts';
import { kamadoProcess, type ProcessSettings, type Report, type Request } from './kamado-process.ts';
import { type Rest, restOf } from './rest.ts';

/** A house in a process of its own. */
export interface KamadoProcess {
  readonly rest: Rest;
  /** Everything that it logged, at level debug. */
  readonly log: () => string;
  /** Sets where it kills itself, or only counts (null), from now on. */
  readonly arm: (at: CrashAt | null) => Promise<void>;
  /** The points that it has passed since. */
  readonly passed: () => Promise<readonly string[]>;
  /** Resolves when it has ended, with the signal that ended it. */
  readonly ended: Promise<NodeJS.Signals | null>;
  readonly hasEnded: () => boolean;
  /** SIGKILL. */
  readonly kill: () => Promise<void>;
  /** SIGTERM; throws where it doesn't end cleanly. */
  readonly stop: () => Promise<void>;
}

const START_MS = 30_000;

/** Starts a process and waits until it is ready. The caller ends it. */
export async function startProcess(settings: ProcessSettings): Promise<KamadoProcess> {
  const child = spawn(process.execPath, [kamadoProcess, JSON.stringify(settings)], {
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = once(child, 'exit').then(([, signal]) => (signal === null ? null : (signal as NodeJS.Signals)));
  const ready = await nextReport(child, (report) => 'ready' in report, 'its start').catch((error) => {
    child.kill('SIGKILL');
    throw new Error(`Kamado did not start: ${output.slice(-4_000)}`, { cause: error });
  });
  const end = async (signal: 'SIGTERM' | 'SIGKILL'): Promise<void> => {
    if (hasEnded(child)) return;
    child.kill(signal);
    await ended;
  };
  return {
    rest: restOf('ready' in ready ? ready.port : 0),
    log: () => output,
    arm: async (at) => {
      await ask(child, { arm: at }, (report) => 'armed' in report);
    },
    passed: async () => {
      const report = await ask(child, { passed: true }, (candidate) => 'passed' in candidate);
      return 'passed' in report ? report.passed : [];
    },
    ended,
    hasEnded: () => hasEnded(child),
    kill: () => end('SIGKILL'),
    stop: async () => {
      await end('SIGTERM');
      if (child.exitCode !== 0) throw new Error(`Kamado ended with ${child.exitCode}: ${output.slice(-4_000)}`);
    },
  };
}

async function ask(child: ChildProcess, request: Request, isAnswer: (report: Report) => boolean): Promise<Report> {
  const answer = nextReport(child, isAnswer, JSON.stringify(request));
  // Where it can't be sent the process is ending, which is told below.
  child.send(request, () => {});
  return await answer;
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

function nextReport(child: ChildProcess, wanted: (report: Report) => boolean, what: string): Promise<Report> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => reject(new Error(`no answer: ${what}`))), START_MS);
    const settle = (then: () => void): void => {
      clearTimeout(timer);
      child.off('message', onMessage);
      child.off('exit', onExit);
      then();
    };
    const onMessage = (report: Report): void => {
      if (wanted(report)) settle(() => resolve(report));
    };
    const onExit = (): void => settle(() => reject(new Error(`it ended before: ${what}`)));
    child.on('message', onMessage);
    child.on('exit', onExit);
    if (hasEnded(child)) onExit();
  });
}
