// `node with-files.mjs <most> <arguments>`: Kamado, with no more than so many files open at a time.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const [most, ...args] = process.argv.slice(2);
const kamado = fileURLToPath(new URL('../../bin/kamado', import.meta.url));
const child = spawn('sh', ['-c', `ulimit -n ${most} && exec "$@"`, 'sh', process.execPath, kamado, ...args], {
  stdio: 'inherit',
});
process.on('SIGTERM', () => child.kill('SIGTERM'));
child.on('exit', (code) => process.exit(code ?? 1));
