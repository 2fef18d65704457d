import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { extentText, shared } from '../support/extent.ts';
import { type PlantedBug, plantedBugs } from './planted-bugs.ts';

/** A bug that isn't found within these is one that the simulation can't find. */
const SEEDS = 50;
/** One of so many shares of the bugs is tried each day. */
const SHARES = 3;

const built = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const copies = mkdtempSync(join(tmpdir(), 'kamado-planted-bugs-'));
after(() => rmSync(copies, { recursive: true }));

/** Copies of the built product and the simulation, each with one bug more. */
function copyWith(name: string, { changes }: Pick<PlantedBug, 'changes'>): string {
  const copy = join(copies, name);
  const isCode = (path: string): boolean => !/\.(map|test\.js)$/.test(path);
  for (const folder of ['src', 'test/simulation', 'test/support']) {
    cpSync(join(built, folder), join(copy, folder), { recursive: true, filter: isCode });
  }
  writeFileSync(join(copy, 'package.json'), '{"type": "module"}');
  const modules = dirname(dirname(createRequire(import.meta.url).resolve('ajv/package.json')));
  symlinkSync(modules, join(copy, 'node_modules'), 'junction');
  for (const { file, from, to } of changes) {
    const path = join(copy, 'src', file);
    const [before, rest, ...more] = readFileSync(path, 'utf8').split(from);
    assert.ok(before !== undefined && rest !== undefined && more.length === 0, `${file} holds "${from}" once`);
    writeFileSync(path, `${before}${to}${rest}`);
  }
  return copy;
}

/** Runs the simulation of a copy up to the first seed that fails; what it printed. */
function simulateIn(copy: string): Promise<{ readonly code: number | null; readonly output: string }> {
  const main = join(copy, 'test', 'simulation', 'main.js');
  const child = spawn(process.execPath, [main, '--seeds', String(SEEDS)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, KAMADO_SIMULATION_REWINDS: '0.05' },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

describe('the test of the test: each bug is found', { concurrency: 2 }, () => {
  test('a copy without a bug holds', async (t) => {
    t.diagnostic(extentText);
    const { code, output } = await simulateIn(copyWith('none', { changes: [] }));
    assert.equal(code, 0, output);
  });
  for (const [number, bug] of shared([...plantedBugs.entries()], SHARES)) {
    test(bug.name, async (t) => {
      const { code, output } = await simulateIn(copyWith(String(number), bug));
      const found = /^seed (\d+) failed: .*$/m.exec(output);
      assert.ok(code === 1 && found !== null, `not within ${SEEDS} seeds: ${output}`);
      t.diagnostic(found[0]);
    });
  }
});
