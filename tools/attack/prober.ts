import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** What a prober saw of `GET /livez`. */
export interface Liveness {
  readonly answers: number;
  /** Requests that got no answer, or another one than 200. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** What the prober's process is told, and what it tells. */
export type ProberRequest = 'pause' | 'go on' | 'stop';
export type ProberReport = Liveness | 'paused';

/** Asks `/livez` again and again, in a process of its own: what the attacker is busy with must not be measured. */
export interface Prober {
  /** Resolves when nothing is asked any more, until `goOn`. */
  readonly pause: () => Promise<void>;
  readonly goOn: () => void;
  /** Ends it; resolves with what it saw. */
  readonly stop: () => Promise<Liveness>;
}

/** Starts to probe. */
export function startProber(port: number): Prober {
  const child = fork(fileURLToPath(new URL('./prober-process.js', import.meta.url)), [String(port)]);
  const next = (): Promise<ProberReport> =>
    new Promise((resolve, reject) => {
      const onExit = (code: number | null): void => reject(new Error(`the prober ended with ${code}`));
      child.once('exit', onExit);
      child.once('message', (report) => {
        child.off('exit', onExit);
        resolve(report as ProberReport);
      });
    });
  const ask = (request: ProberRequest): Promise<ProberReport> => {
    const answer = next();
    child.send(request);
    return answer;
  };
  return {
    pause: async () => {
      await ask('pause');
    },
    goOn: () => void child.send('go on' satisfies ProberRequest),
    stop: async () => {
      const report = await ask('stop');
      if (report === 'paused') throw new Error('the prober did not stop');
      return report;
    },
  };
}
