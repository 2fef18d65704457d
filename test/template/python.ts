import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Json } from '../../src/kernel/json.ts';
import { needs } from '../support/services.ts';

/** Debian's own: another Python may be first in the path, without Debian's modules. */
const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3';

/** Options for a test that needs a module of Python: a reason to skip where it isn't there. Throws where it must be. */
export function needsPython(module: string): { readonly skip?: string } {
  return needs(`python3 with ${module}`, spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0);
}

/** What a program makes of a list: it reads one as JSON, and writes one with a result for each item. */
export function askPython(program: string, input: readonly unknown[]): readonly Json[] {
  const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', program], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    maxBuffer: 256 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr}`);
  const results: readonly Json[] = JSON.parse(stdout);
  return results;
}
