import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { errorCatalogue } from '../../src/kernel/error-catalogue.ts';
import { packageRoot } from '../cli/helpers.ts';

/** Of what devices and clouds answer: such errors end jobs, and are no answers to requests. */
const OF_JOBS = [502, 504];

test('the table of statuses holds every one that the catalogue of errors has for answers', () => {
  const text = readFileSync(join(packageRoot, 'docs/api.md'), 'utf8');
  const [, table = ''] = /\n\| status \| when \|\n\|.*\n((?:\|.*\n)+)/.exec(text) ?? [];
  const reported = table.split('\n').flatMap((row) => /^\| ([\d, ]+) \|/.exec(row)?.[1]?.split(', ').map(Number) ?? []);
  const known = new Set(Object.values(errorCatalogue).map(({ status }) => status));
  assert.deepEqual(
    [...reported].sort((a, b) => a - b),
    [...known].filter((status) => !OF_JOBS.includes(status)).sort((a, b) => a - b),
  );
});
