// npm test [-- [--node-option=…] [part of a path …]]: builds what is missing, then runs the tests, or those named.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ensureBuilt, outputOf, projectRoot, sourcesOf } from './ensure-built.mjs';
import { runScript } from './run-script.mjs';

/** Many wait for servers and processes more than they work; more at once only measures how busy the machine is. */
const CONCURRENCY = 3;
/** Of one test, which may be a whole file: the longest kill servers hundreds of times. */
const TIMEOUT_MS = 8 * 60_000;

await runScript(async () => {
  await ensureBuilt();
  const given = process.argv.slice(2);
  const options = given.filter((arg) => arg.startsWith('--'));
  const files = testFiles(given.filter((arg) => !arg.startsWith('--')));
  if (files.length === 0) {
    process.stderr.write(`error: no test file is called like that: ${given.join(' ')}\n`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = await runTests(options, files);
});

/** Built test files whose path holds one of the parts; all without parts. Node 20 takes no glob. */
function testFiles(parts) {
  return sourcesOf(projectRoot)
    .filter((source) => source.startsWith('test/') && source.endsWith('.test.ts'))
    .filter((source) => parts.length === 0 || parts.some((part) => source.includes(part)))
    .map((source) => join(projectRoot, 'dist', outputOf(source)));
}

function runTests(options, files) {
  const args = [
    '--enable-source-maps',
    '--test',
    `--test-concurrency=${CONCURRENCY}`,
    `--test-timeout=${TIMEOUT_MS}`,
    '--test-reporter=spec',
    ...options,
    ...files,
  ];
  const child = spawn(process.execPath, args, { stdio: 'inherit', cwd: projectRoot });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
