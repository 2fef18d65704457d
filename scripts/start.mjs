// npm start: builds what is missing, then the quick start.
import { ensureBuilt } from './ensure-built.mjs';
import { runScript } from './run-script.mjs';

/** The longest time until the end of the parent is noticed. */
const LOOK_MS = 200;

await runScript(async () => {
  endWithParent();
  await ensureBuilt();
  const { main } = await import('../dist/lab/demo.js');
  await main(process.argv.slice(2));
});

/**
 * npm hands a signal to the shell between itself and this process, and the shell may die of it without passing it on:
 * then this process would stay behind.
 */
function endWithParent() {
  if (process.env.npm_lifecycle_event === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
  }, LOOK_MS);
  timer.unref();
}
