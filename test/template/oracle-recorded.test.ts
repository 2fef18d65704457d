import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { codeOf, text } from './helpers.ts';
import { askJinja2, needsJinja2, type OracleCase } from './jinja2.ts';
import { type RecordedTemplate, RUNS, recordedTemplates, skipWithoutShared } from './shared.ts';

const CASES_A_TEMPLATE = 12;

/** What a parameter may be: undefined is one that is missing. */
const values: fc.Arbitrary<Json | undefined> = fc.constantFrom<Json | undefined>(
  ...['abc', '10.0.0.1/24', '', '9a-b', 7, 0, 1.5, true, false, null, undefined, [], ['a', 'b'], ['c'], [1, null]],
  ...[{ ip_address: '10.0.0.1' }, [{ ip_address: '10.0.0.1', subnet_id: 's' }], [{ ip_address: "it's", service: 'x' }]],
);

function contextsFor({ source, parameters }: RecordedTemplate): fc.Arbitrary<JsonObject> {
  const names = new Set([...parameters, ...(source.match(/jinja_\w+/g) ?? [])]);
  return fc
    .tuple(...[...names].map((name) => fc.tuple(fc.constant(name), values)))
    .map((entries) => Object.fromEntries(entries.filter((entry): entry is [string, Json] => entry[1] !== undefined)));
}

const oracle = skipWithoutShared === false ? needsJinja2() : { skip: skipWithoutShared };

test('every recorded template gives what Jinja2 gives, for values of all kinds', oracle, (context) => {
  const distinct = new Map(RUNS.flatMap(recordedTemplates).map((template) => [template.source, template]));
  const cases: readonly OracleCase[] = [...distinct.values()].flatMap((template) =>
    fc
      .sample(contextsFor(template), { numRuns: CASES_A_TEMPLATE, seed: 7 })
      .map((given) => ({ template: template.source, context: given })),
  );
  const expected = askJinja2(cases);
  for (const [i, { template, context: given }] of cases.entries()) {
    const what = `${distinct.get(template)?.id} with ${JSON.stringify(given)}`;
    if (expected[i] !== null) assert.equal(text(template, given), expected[i], what);
    else
      assert.equal(
        codeOf(() => text(template, given)),
        'TEMPLATE_INVALID',
        what,
      );
  }
  const rendered = expected.filter((result) => result !== null).length;
  context.diagnostic(`${distinct.size} templates, ${cases.length} cases, ${rendered} of them rendered`);
  assert.ok(rendered > cases.length / 2);
});
