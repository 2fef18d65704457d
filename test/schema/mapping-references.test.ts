import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import type { MappingContext, ResourceReference } from '../../src/schema/mapping.ts';
import { evaluateMapping } from '../../src/schema/mapping-evaluator.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { collectReferences } from '../../src/schema/mapping-references.ts';
import { mappingSources, worlds } from './mapping-worlds.ts';

test('the references are those that evaluating records, where nothing is missing', () => {
  let recorded = 0;
  fc.assert(
    fc.property(mappingSources(true), worlds(false), (source, context) => {
      const mapping = parseMapping(source, 'test');
      const { resources } = evaluateMapping(mapping, context, 'param');
      recorded += resources.length;
      assert.deepEqual(collectReferences(mapping, context, 'param'), resources);
    }),
    { numRuns: 500 },
  );
  assert.ok(recorded > 100, `${recorded} resources`);
});

test('where something is missing, the references are those that are there; never an error', () => {
  let broken = 0;
  fc.assert(
    fc.property(mappingSources(true), worlds(true), (source, context) => {
      const mapping = parseMapping(source, 'test');
      const evaluated = resourcesOf(() => evaluateMapping(mapping, context, 'param').resources);
      const references = collectReferences(mapping, context, 'param');
      if (evaluated !== null) assert.deepEqual(references, evaluated);
      else broken++;
    }),
    { numRuns: 500 },
  );
  assert.ok(broken > 20, `${broken} that broke`);
});

function resourcesOf(evaluate: () => readonly ResourceReference[]): readonly ResourceReference[] | null {
  try {
    return evaluate();
  } catch (error) {
    assert.ok(isKamadoError(error, 'REFERENCE_UNRESOLVED'), String(error));
    return null;
  }
}

const rows: { readonly [path: string]: JsonObject } = {
  'device:d1': { id: 'd1', site_id: 'gone', power_id: 'w1' },
  'power:w1': { id: 'w1', name: 'w' },
};
const relations: { readonly [field: string]: string } = {
  'port.device_id': 'device',
  'port.lost_id': 'device',
  'device.site_id': 'site',
  'device.power_id': 'power',
};
const context: MappingContext = {
  type: 'port',
  body: { id: 'p1', device_id: 'd1', lost_id: 'd9', none: null, name: 'x' },
  version: 1,
  relationOf: (type, field) => relations[`${type}.${field}`] ?? null,
  lookup: (type, id) => rows[`${type}:${id}`],
};
const toSite = { field: 'name', path: ['device_id', 'site_id'] };
const toPower = { field: 'name', path: ['device_id', 'power_id'] };
const toLost = { field: 'name', path: ['lost_id'] };

const broken: readonly (readonly [what: string, source: Json, references: readonly string[]])[] = [
  ['a path gives the hops up to where it breaks', toSite, ['device:d1']],
  ['in the string syntax too', 'Fdevice+device_id:site+site_id:name', ['device:d1']],
  ['an output’s too', { output_key: 'id', path: ['device_id', 'site_id'] }, ['device:d1']],
  ['a path that begins nowhere gives none', { field: 'name', path: [{ type: 'site', id: 'none' }] }, []],
  ['what is to be ignored records nothing, as in evaluating', { ...toSite, ignore_missing: true }, []],
  ['the other parts of a text count', { concatenate: [toSite, toPower] }, ['device:d1', 'device:d1', 'power:w1']],
  [
    'of a condition that can’t be decided both branches count',
    { if_mapping: { equal: [toLost, 'x'] }, then_mapping: toSite, else_mapping: { field: 'device_id' } },
    ['device:d1', 'device:d1'],
  ],
  [
    'of one that can, the branch that is taken',
    { if_mapping: { equal: [{ field: 'name' }, 'x'] }, then_mapping: toSite, else_mapping: toPower },
    ['device:d1'],
  ],
  ['a list that can’t be read has no elements', { for_field: toSite, for_mapping: toPower }, ['device:d1']],
  [
    'each element counts by itself',
    {
      for_field: { constant: ['d1', 'd9', 'd1'] },
      for_mapping: { field: 'name', path: [{ type: 'device', id: '' }] },
    },
    ['device:d1', 'device:d1'],
  ],
  [
    'a computed name that hangs on what is missing ends the path',
    { field: 'name', path: ['device_id', { concatenate: [{ field: 'name', path: ['site_id'] }, '_id'] }] },
    ['device:d1'],
  ],
];

for (const [what, source, references] of broken) {
  test(`references: ${what}`, () => {
    const found = collectReferences(parseMapping(source, 'test'), context, 'param');
    assert.deepEqual(
      found.map((reference) => `${reference.resource_type}:${reference.resource_id}`),
      references,
    );
  });
}

test('what does not fit the resource is MAPPING_INVALID', () => {
  for (const source of [
    { field: 'a', path: ['name'] },
    { for_field: 'name', for_mapping: 'Pa' },
  ]) {
    assert.throws(
      () => collectReferences(parseMapping(source, 'test'), context, 'param'),
      (error) => isKamadoError(error, 'MAPPING_INVALID'),
    );
  }
});
