import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packageRoot } from '../cli/helpers.ts';

type Files = { readonly [path: string]: string };

/** Checks the imports of a project that holds these files; returns the names of the rules that are broken. */
async function brokenRules(t: TestContext, files: Files): Promise<readonly string[]> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-imports-'));
  t.after(() => rm(folder, { recursive: true }));
  await symlink(join(packageRoot, 'node_modules'), join(folder, 'node_modules'));
  const config = '.dependency-cruiser.mjs';
  await cp(join(packageRoot, config), join(folder, config));
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  const program = join(packageRoot, 'node_modules', '.bin', 'depcruise');
  const args = ['--config', config, '--output-type', 'json', 'src'];
  const output = await new Promise<string>((resolve, reject) => {
    execFile(program, args, { cwd: folder }, (error, stdout, stderr) => {
      if (stdout === '') reject(new Error(stderr, { cause: error }));
      else resolve(stdout);
    });
  });
  const { summary } = JSON.parse(output);
  return summary.violations.map((violation: { readonly rule: { readonly name: string } }) => violation.rule.name);
}

const a = 'export const a = 1;\n';

const planted: readonly { readonly name: string; readonly files: Files; readonly broken: readonly string[] }[] = [
  {
    name: 'imports downwards and through a face',
    files: {
      'src/kernel/index.ts': "export { a } from './a.ts';\n",
      'src/kernel/a.ts': a,
      'src/api/b.ts': "import { a } from '../kernel/index.ts';\nexport const b = a;\n",
    },
    broken: [],
  },
  {
    name: 'a circle of three files, closed by a type',
    files: {
      'src/kernel/a.ts': "import { b } from './b.ts';\nexport type A = number;\nexport const a = b;\n",
      'src/kernel/b.ts': "import { c } from './c.ts';\nexport const b = c;\n",
      'src/kernel/c.ts': "import type { A } from './a.ts';\nexport const c: A = 1;\n",
    },
    broken: ['circle'],
  },
  {
    name: 'an import of a layer above',
    files: {
      'src/api/index.ts': a,
      'src/kernel/b.ts': "import { a } from '../api/index.ts';\nexport const b = a;\n",
    },
    broken: ['layer-of-kernel'],
  },
  {
    name: 'an import of a component on the same layer, of a type alone',
    files: {
      'src/sync/index.ts': 'export type A = number;\n',
      'src/worker/b.ts': "import type { A } from '../sync/index.ts';\nexport const b: A = 1;\n",
    },
    broken: ['layer-of-worker'],
  },
  {
    name: 'an import that comes late, past a face',
    files: {
      'src/kernel/a.ts': a,
      'src/api/b.ts': "export const b = () => import('../kernel/a.ts');\n",
    },
    broken: ['face'],
  },
  {
    name: 'an import of the component\u2019s own face',
    files: {
      'src/kernel/index.ts': "export { b } from './b.ts';\n",
      'src/kernel/b.ts': "import { c } from './c.ts';\nexport const b = c;\n",
      'src/kernel/c.ts': 'export const c = 1;\n',
      'src/kernel/d.ts': "import { b } from './index.ts';\nexport const d = b;\n",
    },
    broken: ['own-face'],
  },
  {
    name: 'a client of the southbound that reaches into another',
    files: {
      'src/southbound/stack/a.ts': a,
      'src/southbound/heat/b.ts': "import { a } from '../stack/a.ts';\nexport const b = a;\n",
    },
    broken: ['face-of-southbound'],
  },
  {
    name: 'a folder that stands on no layer',
    files: {
      'src/attic/a.ts': a,
      'src/attic/b.ts': "import { a } from './a.ts';\nexport const b = a;\n",
    },
    broken: ['unknown-component'],
  },
];

for (const { name, files, broken } of planted) {
  test(name, async (t) => {
    assert.deepEqual(await brokenRules(t, files), broken);
  });
}
