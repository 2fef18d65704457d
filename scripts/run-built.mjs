import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, projectRoot } from './ensure-built.mjs';
import { runScript } from './run-script.mjs';

/** Builds what is missing, then runs a built program with the arguments of this process, and ends as it does. */
export async function runBuilt(...path) {
  await runScript(async () => {
    await ensureBuilt();
    const args = ['--enable-source-maps', join(projectRoot, 'dist', ...path), ...process.argv.slice(2)];
    const child = spawn(process.execPath, args, { stdio: 'inherit' });
    // A signal of the terminal reaches the child as well; its end is waited for.
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  });
}
