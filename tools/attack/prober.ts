import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The measurements of a prober of `GET /livez`. */
export interface Liveness {
  readonly answers: number;
  /** The number of requests without an answer, or with another status than 200. */
  readonly failures: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly longestMs: number;
}

/** The messages to and from the prober's process. */
export type ProberRequest = 'pause' | 'resume' | 'stop';
export type ProberReport = Liveness | 'paused';

/** Requests `/livez` repeatedly, in a process of its own: the attacker's own load must not be measured. */
export interface Prober {
  /** Pauses the requests until `resume`; resolves when none is pending. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  /** Ends it; resolves with its measurements. */
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
    resume: () => void child.send('resume' satisfies ProberRequest),
    stop: async () => {
      const report = await ask('stop');
      if (report === 'paused') throw new Error('the prober did not stop');
      return report;
    },
  };
}
