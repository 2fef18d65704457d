import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorCatalogue } from '../../src/kernel/error-catalogue.ts';
import { errorPage } from '../../tools/docs/error-page.ts';
import { packageRoot } from '../cli/helpers.ts';

const page = readFileSync(join(packageRoot, 'docs/errors.md'), 'utf8');

test('docs/errors.md is what npm run docs writes', () => {
  assert.equal(page, errorPage());
});

test('the page holds each code of the catalogue once, with its status', () => {
  const reported = [...page.matchAll(/^\| <a id="[a-z\d_]+"><\/a>`([A-Z\d_]+)` \| (\d+) \| .+ \| .+ \|$/gm)];
  assert.deepEqual(
    reported.map(([, code, status]) => [code, Number(status)]),
    Object.entries(errorCatalogue)
      .map(([code, { status }]) => [code, status])
      .sort(),
  );
});
