import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A program of this folder in a process of its own. */
export interface Program<Report> {
  /** Its first report. */
  readonly started: Report;
  /** Sends a request, and resolves with the next report. */
  readonly ask: (request: object) => Promise<Report>;
  readonly stop: () => Promise<void>;
}

/** A server in a process of its own. */
export interface Child {
  readonly base: string;
  readonly stop: () => Promise<void>;
}

/** Starts a program of this folder that serves, and resolves when it has reported its port. */
export async function startChild(program: string, environment: { readonly [name: string]: string }): Promise<Child> {
  const { started, stop } = await startProgram<{ readonly port: number }>(program, environment);
  return { base: `http://127.0.0.1:${started.port}`, stop };
}

/** Starts a program of this folder, and resolves with its first report. */
export async function startProgram<Report>(
  program: string,
  environment: { readonly [name: string]: string },
): Promise<Program<Report>> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), { env: { ...process.env, ...environment } });
  const next = (): Promise<Report> => {
    return new Promise((resolve, reject) => {
      const ended = (code: number | null): void => reject(new Error(`${program} ended with ${code}`));
      child.once('exit', ended);
      child.once('message', (message) => {
        child.off('exit', ended);
        resolve(message as Report);
      });
    });
  };
  return {
    started: await next(),
    ask: (request) => {
      const answer = next();
      child.send(request);
      return answer;
    },
    stop: () => stop(child),
  };
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.send('stop');
  });
}
