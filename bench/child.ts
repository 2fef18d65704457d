import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A server in a process of its own. */
export interface Child {
  readonly base: string;
  readonly stop: () => Promise<void>;
}

/** Starts a program of this folder, and resolves when it has told its port. */
export function startChild(program: string, environment: { readonly [name: string]: string }): Promise<Child> {
  const child = fork(fileURLToPath(new URL(program, import.meta.url)), { env: { ...process.env, ...environment } });
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}`)));
    child.once('message', (message: { readonly port: number }) =>
      resolve({ base: `http://127.0.0.1:${message.port}`, stop: () => stop(child) }),
    );
  });
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.send('stop');
  });
}
