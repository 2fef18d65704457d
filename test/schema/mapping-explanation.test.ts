import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { limits } from '../../src/kernel/limits.ts';
import { compileModel } from '../../src/schema/compile-model.ts';
import type { MappingContext } from '../../src/schema/mapping.ts';
import { evaluateMapping } from '../../src/schema/mapping-evaluator.ts';
import { type Explanation, explainMapping } from '../../src/schema/mapping-explanation.ts';
import { explanationText } from '../../src/schema/mapping-explanation-text.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { mappingSources, worlds } from './mapping-worlds.ts';

const text = { type: 'string' };

function schema(id: string, properties: JsonObject): JsonObject {
  return { id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, schema: { type: 'object', properties } };
}

const model = compileModel([
  schema('site', { name: text, lines: { type: 'array', items: { type: 'object' } } }),
  schema('edge_router', {
    ip: text,
    password: text,
    site_id: { ...text, relation: 'site' },
    keys: { type: 'array', items: text, secret: true },
  }),
  schema('ha_router', {
    name: text,
    kind: text,
    primary_router_id: { ...text, relation: 'edge_router' },
    lost_id: { ...text, relation: 'edge_router' },
    primary: { type: 'object' },
    ports: { type: 'array', items: text },
  }),
]);

const rows: { readonly [path: string]: JsonObject } = {
  'edge_router:er1': { id: 'er1', ip: '10.0.0.1', password: 'hidden', site_id: 's1', keys: ['k1', 'k2'] },
  'site:s1': { id: 's1', name: 'north', lines: [{ number: 41 }, { number: 42 }] },
};
const context: MappingContext = {
  type: 'ha_router',
  body: {
    id: 'ha1',
    name: 'it\'s "so"\n',
    kind: 'device',
    primary_router_id: 'er1',
    lost_id: 'er9',
    primary: { ip: '10.0.0.2' },
    ports: ['er1', 'er9'],
    none: null,
  },
  version: 3,
  relationOf: (type, field) => model.types.get(type)?.property.get(field)?.relation ?? null,
  lookup: (type, id) => rows[`${type}:${id}`],
};

function explain(source: Json): Explanation {
  return explainMapping(parseMapping(source, 'test'), context, model, 'param');
}

const password = { field: 'password', path: ['primary_router_id'] };
const lost = { field: 'ip', path: ['lost_id'] };
const isDevice = { equal: [{ field: 'kind' }, 'device'] };
const element = { type: 'edge_router', id: '' };

const lines: readonly (readonly [source: Json, line: string])[] = [
  ['C60', "'60', a constant"],
  [{ constant: [1, null] }, '[1,null], a constant'],
  ['Pname', `'it's "so"\\n' = name of ha_router:ha1`],
  [{ field: 'kind' }, "'device' = kind of ha_router:ha1"],
  [{ field: 'absent' }, 'null = absent of ha_router:ha1'],
  ['Vauto_filled', '3 = the version'],
  [{ version: 'auto_filled' }, '3 = the version'],
  ['Oprimary:ip', "'10.0.0.2' = primary.ip of ha_router:ha1"],
  [{ nested: ['primary', 'ip'] }, "'10.0.0.2' = primary.ip of ha_router:ha1"],
  [
    { field: 'ip', path: ['primary_router_id'] },
    "'10.0.0.1' = ip of edge_router:er1 (primary_router_id of ha_router:ha1)",
  ],
  [
    'Fedge_router+primary_router_id:site+site_id:name',
    "'north' = name of site:s1 (site_id of edge_router:er1, primary_router_id of ha_router:ha1)",
  ],
  [
    { field: 'ip', path: [{ concatenate: ['primary_router', '_id'] }] },
    "'10.0.0.1' = ip of edge_router:er1 (primary_router_id of ha_router:ha1)",
  ],
  [
    'Medge_router:primary_router_id:port_id',
    "output 'port_id' of edge_router:er1 (primary_router_id of ha_router:ha1)",
  ],
  [{ output_key: 'id' }, "output 'id' of ha_router:ha1"],
  [
    'ACa_&Pkind&Fedge_router+primary_router_id:ip',
    "'a_device10.0.0.1' = 'a_' + kind of ha_router:ha1 ('device') + ip of edge_router:er1 (primary_router_id of ha_router:ha1) ('10.0.0.1')",
  ],
  [{ concatenate: [{ field: 'kind' }, '_x'] }, "'device_x' = kind of ha_router:ha1 ('device') + '_x'"],
  [
    { if_mapping: isDevice, then_mapping: 'Cyes', else_mapping: 'Cno' },
    "'yes', a constant; 'then' branch because kind of ha_router:ha1 ('device') equals 'device'",
  ],
  [
    { if_mapping: { equal: [{ field: 'kind' }, 'x', 'y'] }, then_mapping: 'Cyes', else_mapping: { output_key: 'id' } },
    "output 'id' of ha_router:ha1; 'else' branch because kind of ha_router:ha1 ('device') differs from 'x' or 'y'",
  ],
  [
    { if_mapping: { regexp: [{ field: 'kind' }, '^dev'] }, then_mapping: { field: 'kind' } },
    "'device' = kind of ha_router:ha1; 'then' branch because kind of ha_router:ha1 ('device') matches /^dev/",
  ],
  [
    { if_mapping: { regexp: [{ field: 'kind' }, 'x'] }, then_mapping: 'Ca' },
    "null, a constant; 'else' branch because kind of ha_router:ha1 ('device') does not match /x/",
  ],
  [
    { if_mapping: { equal: [lost, 'x'] }, then_mapping: 'Ca' },
    "undecided: (missing: ip; there is no edge_router:er9 (lost_id of ha_router:ha1)); 'x'",
  ],
  [
    { for_field: { field: 'lines', path: ['primary_router_id', 'site_id'] }, for_mapping: 'Pnumber' },
    '[41,42] = [number of the element (41), number of the element (42)] for each of lines of site:s1 (site_id of edge_router:er1, primary_router_id of ha_router:ha1)',
  ],
  [
    { for_field: 'ports', for_mapping: { field: 'ip', path: [element] } },
    "[ip of edge_router:er1 (the value of the element) ('10.0.0.1'), (missing: ip; there is no edge_router:er9 (the value of the element))] for each of ports of ha_router:ha1",
  ],
  [lost, 'missing: ip; there is no edge_router:er9 (lost_id of ha_router:ha1)'],
  ['Fedge_router+lost_id:ip', 'missing: ip; there is no edge_router:er9 (lost_id of ha_router:ha1)'],
  ['Medge_router:lost_id:uuid', 'missing: uuid; there is no edge_router:er9 (lost_id of ha_router:ha1)'],
  [{ ...lost, ignore_missing: true }, "'' for ip, since there is no edge_router:er9 (lost_id of ha_router:ha1)"],
  [{ field: 'name', path: [{ type: 'site', id: 'none' }] }, 'missing: name; none of ha_router:ha1 is empty'],
  [
    { field: 'name', path: [{ concatenate: [lost, '_id'] }] },
    'missing: name; a relation of ha_router:ha1 has a name that is missing',
  ],
  [password, '*** = password of edge_router:er1 (primary_router_id of ha_router:ha1)'],
  [
    { concatenate: ['pre_', password] },
    "*** = 'pre_' + password of edge_router:er1 (primary_router_id of ha_router:ha1) (***)",
  ],
  [
    { if_mapping: { equal: [password, 'hidden'] }, then_mapping: password },
    "*** = password of edge_router:er1 (primary_router_id of ha_router:ha1); 'then' branch because password of edge_router:er1 (primary_router_id of ha_router:ha1) (***) equals 'hidden'",
  ],
];

for (const [source, line] of lines) {
  test(`explained: ${JSON.stringify(source)}`, () => {
    assert.equal(explanationText(explain(source)), line);
  });
}

test('an explanation is a tree of what was done: hops, branches, elements', () => {
  const ha1 = { resource_type: 'ha_router', resource_id: 'ha1' };
  const er1 = { resource_type: 'edge_router', resource_id: 'er1' };
  const er9 = { resource_type: 'edge_router', resource_id: 'er9' };
  const hop = { field: 'primary_router_id', from: ha1, to: er1 };
  assert.deepEqual(explain({ if_mapping: isDevice, then_mapping: { field: 'ip', path: ['primary_router_id'] } }), {
    kind: 'if',
    value: '10.0.0.1',
    branch: 'then',
    pattern: null,
    operands: [
      { kind: 'field', value: 'device', keys: ['kind'], of: ha1, hops: [] },
      { kind: 'constant', value: 'device' },
    ],
    taken: { kind: 'field', value: '10.0.0.1', keys: ['ip'], of: er1, hops: [hop] },
  });
  assert.deepEqual(explain({ ...lost, ignore_missing: true }), {
    kind: 'missing',
    value: '',
    wanted: 'ip',
    hops: [],
    broken: { field: 'lost_id', from: ha1, to: er9 },
  });
  const each = explain({ for_field: 'ports', for_mapping: { output_key: 'id', path: [element] } });
  assert.ok(each.kind === 'forEach');
  assert.equal(each.value, undefined);
  assert.deepEqual(
    each.elements.map(({ kind }) => kind),
    ['output', 'missing'],
  );
});

test('the value of an explanation is what evaluating gives, undefined where it gives none that is final', () => {
  let missing = 0;
  fc.assert(
    fc.property(mappingSources(true), worlds(true), (source, world) => {
      const mapping = parseMapping(source, 'test');
      const { value } = explainMapping(mapping, world, model, 'param');
      const evaluated = evaluatedOf(() => evaluateMapping(mapping, world, 'param'));
      if (evaluated?.type === 'value') assert.deepEqual(value, evaluated.value);
      else assert.equal(value, undefined);
      if (evaluated === null) missing++;
    }),
    { numRuns: 500 },
  );
  assert.ok(missing > 20, `${missing} that are missing`);
});

function evaluatedOf<Result>(evaluate: () => Result): Result | null {
  try {
    return evaluate();
  } catch (error) {
    assert.ok(isKamadoError(error, 'REFERENCE_UNRESOLVED'), String(error));
    return null;
  }
}

test('no part of an explanation holds a secret', () => {
  for (const source of [
    password,
    { concatenate: [password] },
    { if_mapping: { regexp: [password, 'h'] }, then_mapping: password },
    {
      for_field: { field: 'keys', path: ['primary_router_id'] },
      for_mapping: { concatenate: [{ nested: ['x', 'y'] }] },
    },
    { for_field: { field: 'keys', path: ['primary_router_id'] }, for_mapping: { field: 'x' } },
  ]) {
    const explanation = explain(source);
    assert.doesNotMatch(JSON.stringify(explanation) + explanationText(explanation), /hidden|k1|k2/);
    assert.match(JSON.stringify(explanation), /\*\*\*/);
  }
});

test('explanations are bounded: in steps as evaluating, and in text', () => {
  const many = { constant: Array.from({ length: 400 }, () => 'p1') };
  const square = { for_field: many, for_mapping: { for_field: many, for_mapping: { constant: 1 } } };
  assert.throws(() => explain(square), /more than \d+ steps/);
  const long = explanationText(explain({ constant: 'a'.repeat(limits.explanationLength + 1) }));
  assert.equal(long.length, limits.explanationLength + 1);
  assert.ok(long.endsWith('…'));
});

test('what does not fit the resource is MAPPING_INVALID', () => {
  for (const source of [{ field: 'a', path: ['name'] }, { for_field: 'name', for_mapping: 'Pa' }, 'ACa&Pprimary']) {
    assert.throws(
      () => explain(source),
      (error) => isKamadoError(error, 'MAPPING_INVALID'),
      JSON.stringify(source),
    );
  }
});
