// npm run nightly: everything that the tests of a commit try a share of, more seeds, every attack, and the measurements.
import { spawn } from 'node:child_process';
import { runScript } from './run-script.mjs';

const everything = [
  { script: 'test', args: [], environment: { KAMADO_TEST_EXTENT: 'all', KAMADO_KILLS: '200' } },
  { script: 'simulate', args: ['--seeds', '2000'], environment: {} },
  { script: 'attack', args: [], environment: {} },
  { script: 'bench', args: [], environment: {} },
];

await runScript(async () => {
  for (const { script, args, environment } of everything) {
    process.stdout.write(`== npm run ${script} ${args.join(' ')}\n`);
    const code = await run(['run', '--silent', script, '--', ...args], environment);
    if (code !== 0) process.exitCode = 1;
  }
});

function run(args, environment) {
  const child = spawn('npm', args, { stdio: 'inherit', env: { ...process.env, ...environment } });
  return new Promise((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
}
