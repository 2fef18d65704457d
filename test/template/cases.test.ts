import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { filters } from '../../src/template/filters.ts';
import { codeOf, text } from './helpers.ts';
import { askJinja2, needsJinja2 } from './jinja2.ts';
import { listOf, objectOf, readJson, skipWithoutShared, textOf } from './shared.ts';

/** The cases that differ on purpose, by what the page says of them: all are refused, with TEMPLATE_INVALID. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['for recursive', 'recursive loops'],
  ['macro', '`macro`'],
  ['call block', '`call`'],
]);

/** The cases where Jinja2 raises, too. */
const RAISES = new Set(['undefined deep -> err', 'include/import n.a. do', 'int add str err']);

const cases = skipWithoutShared === false ? listOf(readJson('jinja/cases.json')).map(listOf) : [];
const oracle = skipWithoutShared === false ? needsJinja2() : { skip: skipWithoutShared };

test('the 60 general cases give what Jinja2 gives', oracle, () => {
  const given = cases.map(([, template, context]) => ({ template: textOf(template), context: objectOf(context) }));
  const expected = askJinja2(given);
  for (const [i, { template, context }] of given.entries()) {
    const name = textOf(cases[i]?.[0]);
    if (REFUSED.has(name) || RAISES.has(name)) {
      assert.equal(expected[i] === null, RAISES.has(name), name);
      assert.equal(
        codeOf(() => text(template, context)),
        'TEMPLATE_INVALID',
        name,
      );
    } else assert.equal(text(template, context), expected[i], name);
  }
});

test('docs/templates.md lists what is refused', () => {
  const page = readFileSync('docs/templates.md', 'utf8');
  const differing = page.slice(page.indexOf('## What differs'), page.indexOf('## Limits')).split('\n');
  const refused = differing.filter((line) => line.split('|')[2]?.includes('TEMPLATE_INVALID')).join('\n');
  for (const [name, reported] of REFUSED) assert.ok(refused.includes(reported), name);
});

test('docs/templates.md names every filter', () => {
  const [, names = ''] = /^\| filters \| `(.*)` \|$/m.exec(readFileSync('docs/templates.md', 'utf8')) ?? [];
  assert.deepEqual(names.split(' '), [...filters.keys()].sort());
});

test('each exception is one of the cases', { skip: skipWithoutShared }, () => {
  const names = new Set(cases.map(([name]) => textOf(name)));
  for (const name of [...REFUSED.keys(), ...RAISES]) assert.ok(names.has(name), name);
});
