import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { readSchemas } from '../../src/catalog/catalog.ts';
import { writeTypeDeclarations } from '../../src/catalog/type-declarations.ts';

import { shippedFolder, shippedNames } from '../schema/catalog-files.ts';

const modules = join(process.cwd(), 'node_modules');

/** As strict as this project is itself. */
const strict = {
  compilerOptions: {
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noImplicitReturns: true,
    noEmit: true,
    target: 'es2023',
    module: 'nodenext',
    erasableSyntaxOnly: true,
    allowImportingTsExtensions: true,
    types: ['node'],
    typeRoots: [join(modules, '@types')],
  },
  include: ['hooks', 'types.ts'],
};

test('the hooks that ship are checked against the types of their catalogue, which ship as well', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-shipped-'));
  t.after(() => rm(folder, { recursive: true }));
  await cp(shippedFolder, folder, { recursive: true });
  const hooked = (await shippedNames()).filter((name) => existsSync(join(folder, name, 'hooks')));
  assert.ok(hooked.includes('firewall'));
  for (const name of hooked) {
    const catalog = join(folder, name);
    for (const file of await writeTypeDeclarations(catalog, await readSchemas(catalog))) {
      const shipped = file.replace(folder, shippedFolder);
      assert.equal(await readFile(shipped, 'utf8'), await readFile(file, 'utf8'), `${shipped}: kamado catalog types`);
    }
    await writeFile(join(catalog, 'tsconfig.json'), JSON.stringify(strict));
    const run = promisify(execFile)(join(modules, '.bin', 'tsc'), ['-p', catalog]);
    await assert.doesNotReject(run, await run.catch((error: { stdout: string }) => error.stdout).then(String));
  }
});
