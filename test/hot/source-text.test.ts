import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayHide, parameterLines, parametersSource } from '../../src/hot/index.ts';

const HEAD = 'heat_template_version: 2016-10-14\n';
const SECTION = 'parameters:\n  a: { type: string }\n';

/** The kind of the section in a source of which no value changes anything. */
const kindOf = (source: string): string => parametersSource(source, [source]).kind;

test('the section is found if all of it stands in one part that no value changes', () => {
  const source = `${HEAD}${SECTION}resources:\n{{ v }}`;
  assert.deepEqual(parametersSource(source, [`${HEAD}${SECTION}resources:\n`]), { kind: 'section', text: SECTION });
  const cut = [`${HEAD}parameters:\n`, '  a: { type: string }\nresources:\n'];
  assert.equal(parametersSource(source, cut).kind, 'unknown');
});

test('only a source that has neither the section nor anything like it declares none', () => {
  assert.equal(kindOf(`${HEAD}resources: {}\n`), 'none');
  assert.equal(kindOf(`${HEAD}"parameters" : {}\nresources: {}\n`), 'unknown');
  assert.equal(kindOf(`${HEAD}${SECTION}${SECTION}resources: {}\n`), 'unknown');
  assert.equal(kindOf(`${HEAD}${SECTION}`), 'unknown');
  assert.equal(kindOf(`${SECTION}resources: {}\n`), 'unknown');
});

test('a parameter has the line that declares it, and one that is not found that of the section', () => {
  const source = `${HEAD}  b: 1\nparameters:\n  a:\n    type: string\n  "b" : {}\n`;
  assert.deepEqual(
    [...parameterLines(source, ['a', 'b', 'c'])],
    [
      ['a', 4],
      ['b', 6],
      ['c', 3],
    ],
  );
  assert.deepEqual([...parameterLines('nothing', ['a'])], [['a', 1]]);
});

test('a source may hide something if it says so anywhere', () => {
  assert.ok(mayHide('{"hidden": {{ v }}}'));
  assert.ok(mayHide('    hidden : true'));
  assert.ok(!mayHide('description: nothing is hidden'));
});
