import assert from 'node:assert/strict';
import { test } from 'node:test';
import { noHooks, type TransactionHooks } from '../../src/database/hooks.ts';
import { isolationOf } from '../../src/database/isolation.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { acting, integer, shownNumber } from './behaviour-helpers.ts';
import { modelOf, refersTo, schema, status, string, versioned } from './helpers.ts';

/** A model of which one type does that. */
const withBehaviour = (behaviour: JsonObject, properties: { readonly [name: string]: JsonObject } = {}) =>
  modelOf(
    schema('site', { n: integer, name: { ...string, indexed: true } }),
    schema('line', { site_id: refersTo('site'), n: integer, left: shownNumber }, { behaviour: pools }),
    acting(
      'one',
      { name: string, n: integer, line_id: refersTo('line'), component: shownNumber, ...properties },
      behaviour,
      versioned,
    ),
    schema('other', { name: string, one_id: string }),
  );
const pools = { pools: { numbers: { first: 1, last: 9 } }, counters: { left: { capacity: { constant: 9 } } } };

const path = ['line_id'];
const beyond = { field: 'n', path };
const found = { find: 'site', where: { name: 'Pname' }, field: 'id' };
const holds = { present: beyond };

test('what is kept by locks does with them: hooks and behaviour that read nothing else', () => {
  const own: readonly JsonObject[] = [
    {},
    { takes: { number: { type: 'line', from: 'Pline_id', pool: 'numbers', into: 'n' } } },
    { takes: { component: { type: 'line', from: 'Pline_id', counter: 'left', amount: { integer: 'Pn' } } } },
    {
      children: { other: { type: 'other', when: { present: 'Pname' }, properties: { one_id: 'Pid', name: 'Pname' } } },
    },
    { updates: { line: { path, set: { n: 'Pn' } } } },
    {
      requires: {
        named: { that: { not: { equal: [{ field: 'name' }, { constant: '' }] } }, reason: 'It needs a name.' },
      },
    },
  ];
  for (const behaviour of own)
    assert.equal(isolationOf(withBehaviour(behaviour), noHooks), 'rows', JSON.stringify(behaviour));
});

test('where behaviour reads another resource, everything is serializable', () => {
  const reading: readonly JsonObject[] = [
    { requires: { free: { that: { not: { present: found } }, reason: 'It is taken.' } } },
    { requires: { free: { that: { any: [holds, { all: [{ one_of: [beyond, [1]] }] }] }, reason: 'It is taken.' } } },
    { children: { other: { type: 'other', when: holds, properties: {} } } },
    {
      children: {
        other: { type: 'other', properties: {}, children: { more: { type: 'other', properties: { name: found } } } },
      },
    },
    { children: { other: { type: 'other', properties: { name: { concatenate: ['a', beyond] } } } } },
    { updates: { line: { path, set: { n: { sum: [beyond, { constant: 1 }] } } } } },
    { updates: { line: { path, set: { n: 'Pn' }, on_delete: { n: beyond } } } },
    { updates: { site: { path: ['line_id', 'site_id'], set: { n: 'Pn' } } } },
    { takes: { number: { type: 'line', from: 'Pline_id', pool: 'numbers', into: 'n', when: holds } } },
    { takes: { component: { type: 'line', from: 'Pline_id', counter: 'left', amount: { integer: beyond } } } },
    { takes: { component: { type: 'line', from: { list: [found] }, counter: 'left' } } },
    { passes: { more: { when: holds, set: { n: { constant: 1 } } } } },
    { ensures: { site: { type: 'site', id: found } } },
    { pools: { mine: { first: beyond, last: 9 } } },
    { pools: { mine: { first: 1, last: 9, reserved: { when: holds, value: { constant: '3' } } } } },
    { counters: { component: { capacity: { integer: beyond } } } },
  ];
  for (const behaviour of reading) {
    assert.equal(isolationOf(withBehaviour(behaviour), noHooks), 'serializable', JSON.stringify(behaviour));
  }
  const computed = withBehaviour({}, { text: { ...string, initial: { element: { list: [beyond] }, index: 0 } } });
  assert.equal(isolationOf(computed, noHooks), 'serializable');
});

test('a status that follows from what is no relation makes everything serializable', () => {
  const machine = (input: JsonObject) => ({
    metadata: { state_versioning: true, status_machine: { extends: '2018', inputs: { edge: input }, rules: [] } },
  });
  const edge = schema('edge', { status }, versioned);
  const declared = schema(
    'pair',
    { edge_id: refersTo('edge'), status },
    machine({ relation: 'edge_id', field: 'status' }),
  );
  const named = schema(
    'pair',
    { edge_name: { ...string, indexed: true }, status },
    machine({ relation: 'edge_name', type: 'edge', field: 'status' }),
  );
  assert.equal(isolationOf(modelOf(edge, declared), noHooks), 'rows');
  assert.equal(isolationOf(modelOf(edge, named), noHooks), 'serializable');
});

test('hooks make everything serializable, be they inside or outside of transactions', () => {
  const model = withBehaviour({});
  const inside: TransactionHooks = {
    ...noHooks,
    has: (type, event) => type === 'other' && event === 'post_delete_in_transaction',
  };
  assert.equal(isolationOf(model, inside), 'serializable');
  assert.equal(isolationOf(model, { ...noHooks, outside: true }), 'serializable');
});
