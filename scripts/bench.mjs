// npm run bench: builds what is missing, then measures; arguments are passed on.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, projectRoot } from './ensure-built.mjs';
import { runScript } from './run-script.mjs';

await runScript(async () => {
  await ensureBuilt();
  const child = spawn(process.execPath, [join(projectRoot, 'dist', 'bench', 'main.js'), ...process.argv.slice(2)], {
    stdio: 'inherit',
  });
  // A signal of the terminal reaches the child as well; its end is waited for.
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  process.exitCode = await new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
});
