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

/** Asks `/livez` again and again, in a process of its own: what the attacker is busy with must not be measured. */
export interface Prober {
  /** Ends it; resolves with what it saw. */
  readonly stop: () => Promise<Liveness>;
}

/** Starts to probe. */
export function startProber(port: number): Prober {
  const child = fork(fileURLToPath(new URL('./prober-process.js', import.meta.url)), [String(port)]);
  const seen = new Promise<Liveness>((resolve, reject) => {
    child.once('message', (liveness) => resolve(liveness as Liveness));
    child.once('exit', (code) => reject(new Error(`the prober ended with ${code}`)));
  });
  return {
    stop: () => {
      child.send('stop');
      return seen;
    },
  };
}
