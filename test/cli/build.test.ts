import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type Ended, packageRoot, start, temporaryFolder } from './helpers.ts';

const ensureBuilt = pathToFileURL(join(packageRoot, 'scripts', 'ensure-built.mjs'));

/** A checkout with one source; `build` brings it up to date as bin/kamado does. */
function checkout(t: TestContext): { readonly root: string; readonly build: () => Promise<Ended> } {
  const root = temporaryFolder(t);
  for (const folder of ['src', 'test']) mkdirSync(join(root, folder));
  symlinkSync(join(packageRoot, 'node_modules'), join(root, 'node_modules'));
  writeFileSync(join(root, 'package.json'), '{"type":"module"}');
  const compilerOptions = { outDir: 'dist', rootDir: '.', incremental: true, tsBuildInfoFile: 'dist/.tsbuildinfo' };
  const strict = { types: [], module: 'nodenext', target: 'es2023', strict: true };
  const config = { compilerOptions: { ...compilerOptions, ...strict }, include: ['src', 'test'] };
  writeFileSync(join(root, 'tsconfig.json'), JSON.stringify(config));
  writeFileSync(join(root, 'src', 'one.ts'), 'export const one: number = 1;\n');
  writeFileSync(join(root, 'test', 'one.test.ts'), 'export {};\n');
  const run = join(root, 'run.mjs');
  writeFileSync(run, `import { ensureBuilt } from '${ensureBuilt}'; await ensureBuilt(${JSON.stringify(root)});`);
  return { root, build: () => start(t, run, []).ended };
}

describe('a checkout', () => {
  it('is built where something changed, and otherwise left alone without a word', async (t) => {
    const { root, build } = checkout(t);
    const output = join(root, 'dist', 'src', 'one.js');
    assert.deepEqual(await build(), { code: 0, stdout: '', stderr: 'Building …\n' });
    assert.match(readFileSync(output, 'utf8'), /one = 1/);
    assert.deepEqual(await build(), { code: 0, stdout: '', stderr: '' });

    writeFileSync(join(root, 'src', 'one.ts'), 'export const one: number = 2;\n');
    assert.equal((await build()).stderr, 'Building …\n');
    assert.match(readFileSync(output, 'utf8'), /one = 2/);

    rmSync(join(root, 'dist', 'src'), { recursive: true });
    assert.equal((await build()).code, 0);
    assert.ok(existsSync(output));

    rmSync(join(root, 'test', 'one.test.ts'));
    writeFileSync(join(root, 'test', 'two.test.ts'), 'export {};\n');
    await build();
    assert.ok(!existsSync(join(root, 'dist', 'test', 'one.test.js')));
    assert.ok(existsSync(join(root, 'dist', 'test', 'two.test.js')));
  });

  it('is built once by several that start at the same time, also after one that died at it', async (t) => {
    const { root, build } = checkout(t);
    const lock = join(root, '.cache', 'build.lock');
    mkdirSync(lock, { recursive: true });
    // No process has this id: the largest that Linux gives is 2^22.
    writeFileSync(join(lock, 'pid'), '99999999');
    const ended = await Promise.all([build(), build(), build()]);
    assert.deepEqual(
      ended.map(({ code }) => code),
      [0, 0, 0],
    );
    assert.equal(ended.map(({ stderr }) => stderr).join(''), 'Building …\n');
    assert.ok(!existsSync(lock));
  });

  it('says what the compiler says where the sources are wrong', async (t) => {
    const { root, build } = checkout(t);
    writeFileSync(join(root, 'src', 'one.ts'), "export const one: number = 'x';\n");
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await build();
      assert.notEqual(code, 0);
      assert.match(stderr, /one\.ts.*TS2322/);
    }
  });

  it('is left alone where it is a published package', async (t) => {
    const { root, build } = checkout(t);
    rmSync(join(root, 'tsconfig.json'));
    utimesSync(join(root, 'src', 'one.ts'), 0, 0);
    assert.deepEqual(await build(), { code: 0, stdout: '', stderr: '' });
    assert.ok(!existsSync(join(root, 'dist')));
  });
});
