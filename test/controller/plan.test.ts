import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ConfigChange, type PlanContext, type PlannedJob, planChange } from '../../src/controller/plan.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseMapping } from '../../src/schema/mapping-parser.ts';
import { templates, typeOf, workModel } from '../support/work.ts';

const rows: { readonly [path: string]: JsonObject } = {
  'part:a': { id: 'a', name: 'A' },
  'part:b': { id: 'b', name: 'B' },
};
const context: PlanContext = {
  model: workModel,
  lookup: (type, id) =>
    type === 'heat_template' && Object.hasOwn(templates, id)
      ? { parameter_mappings: templates[id] ?? {} }
      : rows[`${type}:${id}`],
  canModify: (handler) => handler !== 'looker',
};

function change(type: string, more: Partial<ConfigChange> & Pick<ConfigChange, 'body'>): ConfigChange {
  return { type: typeOf(type), id: 'x', version: 1, previous: null, markedForDeletion: false, ...more };
}

/** 'action:handler first? last? on_failure' of each job. */
function shape(jobs: readonly PlannedJob[]): readonly string[] {
  return jobs.map((j) =>
    [`${j.action}:${j.handler}`, j.is_first && 'first', j.is_last && 'last', j.on_failure].filter(Boolean).join(' '),
  );
}

function planned(type: string, more: Partial<ConfigChange> & Pick<ConfigChange, 'body'>): readonly PlannedJob[] {
  const plan = planChange(context, change(type, more));
  assert.ok(plan.kind === 'work', JSON.stringify(plan));
  return plan.jobs;
}

function resources(job: PlannedJob | undefined, param: string): readonly string[] {
  return (job?.params ?? []).filter((p) => p.param === param).flatMap((p) => p.resources.map((r) => r.resource_id));
}

function shownValue(job: PlannedJob | undefined, param: string): unknown {
  return job?.params.find((p) => p.param === param)?.value;
}

test('create: a job per handler, in the order of the schema', () => {
  assert.deepEqual(shape(planned('part', { body: { id: 'x', name: 'X' } })), ['create:builder first last fail']);
  const [first, second] = planned('both', { body: { id: 'x', name: 'X', on_id: 'a' } });
  assert.deepEqual(shape([first, second].flatMap((job) => job ?? [])), [
    'create:builder first fail',
    'create:looker last fail',
  ]);
  assert.equal(first?.job_name, 'both:x:1');
  assert.deepEqual(first?.resource_input, { id: 'x', name: 'X', on_id: 'a' });
  assert.deepEqual(resources(first, 'on'), ['a']);
  assert.equal(shownValue(first, 'on'), 'A');
  assert.deepEqual(resources(second, 'on'), []);
});

test('P3: modify: the resources of both bodies, new before old', () => {
  const [job] = planned('part', {
    version: 2,
    body: { id: 'x', name: 'X2', on_id: 'b' },
    previous: { id: 'x', name: 'X', on_id: 'a' },
  });
  assert.deepEqual(shape([job].flatMap((one) => one ?? [])), ['modify:builder first last fail']);
  assert.equal(shownValue(job, 'on'), 'B');
  assert.deepEqual(resources(job, 'on'), ['b', 'a']);
  assert.deepEqual(job?.resource_input, { id: 'x', name: 'X2', on_id: 'b' });
});

test('modify with a handler that can only build: torn down, modified, built again', () => {
  const body = { id: 'x', name: 'new', on_id: 'b' };
  const jobs = planned('both', { version: 2, body, previous: { id: 'x', name: 'old', on_id: 'a' } });
  assert.deepEqual(shape(jobs), ['delete:looker first ignore', 'modify:builder fail', 'create:looker last fail']);
  const [down, modify, up] = jobs;
  assert.equal(shownValue(down, 'own'), 'old');
  assert.deepEqual(down?.resource_input, body);
  assert.equal(shownValue(up, 'own'), 'new');
  assert.deepEqual(resources(modify, 'on'), ['b', 'a']);
});

test('P2: modify where the only handler can only build: [delete, create], new ++ old and new ++ old ++ new', () => {
  const jobs = planned('look', { version: 2, body: { id: 'x', at_id: 'b' }, previous: { id: 'x', at_id: 'a' } });
  assert.deepEqual(shape(jobs), ['delete:looker first ignore', 'create:looker last fail']);
  const [down, up] = jobs;
  assert.equal(shownValue(down, 'at'), 'A');
  assert.deepEqual(resources(down, 'at'), ['b', 'a']);
  assert.equal(shownValue(up, 'at'), 'B');
  assert.deepEqual(resources(up, 'at'), ['b', 'a', 'b']);
});

test('an old relation whose target is gone counts no more', () => {
  const jobs = planned('look', { version: 2, body: { id: 'x', at_id: 'b' }, previous: { id: 'x', at_id: 'gone' } });
  assert.deepEqual(resources(jobs[0], 'at'), ['b']);
  assert.equal(shownValue(jobs[0], 'at'), 'B');
});

test('of an old path that breaks on its way, what is still there counts', () => {
  const path = { field: 'name', path: ['at_id', 'on_id'] };
  const parts: { readonly [id: string]: JsonObject } = {
    old: { id: 'old', on_id: 'gone' },
    new: { id: 'new', on_id: 'a' },
    a: { id: 'a', name: 'A' },
  };
  const known: PlanContext = {
    ...context,
    lookup: (type, id) => (type === 'heat_template' ? { parameter_mappings: { via: path } } : parts[id]),
  };
  const body = { id: 'x', at_id: 'new' };
  const plan = planChange(known, change('look', { version: 2, body, previous: { id: 'x', at_id: 'old' } }));
  assert.ok(plan.kind === 'work');
  const [down, up] = plan.jobs;
  assert.deepEqual(resources(down, 'via'), ['new', 'a', 'old']);
  assert.equal(shownValue(down, 'via'), 'A');
  assert.deepEqual(resources(up, 'via'), ['new', 'a', 'old', 'new', 'a']);
});

test('P2: logical_delete: the handlers in reverse order', () => {
  const body = { id: 'x', name: 'X', on_id: 'a' };
  const jobs = planned('both', { version: 3, body, previous: body, markedForDeletion: true });
  assert.deepEqual(shape(jobs), ['logical_delete:looker first fail', 'logical_delete:builder last fail']);
  assert.deepEqual(resources(jobs[1], 'on'), ['a', 'a']);
});

test('a handler that a change leaves without a template undoes what it has built', () => {
  const previous = { id: 'x', kind: 'work' };
  const body = { id: 'x', kind: 'idle' };
  assert.deepEqual(shape(planned('sometimes', { version: 2, body, previous })), ['delete:builder first last fail']);
  assert.deepEqual(shape(planned('sometimes', { version: 2, body, previous, markedForDeletion: true })), [
    'logical_delete:builder first last fail',
  ]);
  assert.deepEqual(planChange(context, change('sometimes', { version: 2, body, previous: body })), { kind: 'read' });
});

test('what was begun and failed is undone, too', () => {
  const attempted = { id: 'x', kind: 'work' };
  const body = { id: 'x', kind: 'idle' };
  assert.deepEqual(shape(planned('sometimes', { version: 2, body, attempted })), ['delete:builder first last fail']);
  assert.deepEqual(planChange(context, change('sometimes', { version: 2, body, attempted: body })), { kind: 'read' });
});

test('what is undone takes its values from what was built', () => {
  const whileOn: JsonObject = {
    if_mapping: { equal: [{ field: 'kind' }, 'work'] },
    then_mapping: 'Cpart',
    else_mapping: { constant: null },
  };
  const type = typeOf('part');
  const handlers = type.handlers.map((binding) => ({ ...binding, template: parseMapping(whileOn, 'template') }));
  const before = { id: 'x', name: 'X', kind: 'work', on_id: 'a' };
  const plan = planChange(context, {
    ...change('part', { version: 2, body: { id: 'x', name: 'X', kind: 'idle', on_id: 'gone' }, previous: before }),
    type: { ...type, handlers },
  });
  assert.ok(plan.kind === 'work', JSON.stringify(plan));
  assert.deepEqual(shape(plan.jobs), ['delete:builder first last fail']);
  assert.equal(shownValue(plan.jobs[0], 'on'), 'A');
});

test('what was built is undone also where what it referred to is gone: nothing else could mend that', () => {
  const whileOn = (then_mapping: JsonObject): JsonObject => ({
    if_mapping: { equal: [{ field: 'kind' }, 'work'] },
    then_mapping,
    else_mapping: { constant: null },
  });
  const type = typeOf('look');
  const before = { id: 'x', kind: 'work', at_id: 'gone' };
  const plan = (template: JsonObject) => {
    const handlers = type.handlers.map((binding) => ({ ...binding, template: parseMapping(template, 'template') }));
    const body = { id: 'x', kind: 'idle' };
    const changed = change('look', { version: 2, body, previous: before });
    return planChange(context, { ...changed, type: { ...type, handlers } });
  };
  const undone = plan(whileOn({ constant: 'look' }));
  assert.ok(undone.kind === 'work', JSON.stringify(undone));
  assert.deepEqual(shape(undone.jobs), ['delete:looker first last fail']);
  assert.equal(shownValue(undone.jobs[0], 'at'), null);
  // Which template it was can't be told any more.
  assert.deepEqual(plan(whileOn({ field: 'name', path: ['at_id'] })), { kind: 'read' });
});

test('without a handler, or where no template is named, a change is only read', () => {
  assert.deepEqual(planChange(context, change('plain', { body: { id: 'x' } })), { kind: 'read' });
  assert.deepEqual(planChange(context, change('sometimes', { body: { id: 'x', kind: 'idle' } })), { kind: 'read' });
  assert.deepEqual(shape(planned('sometimes', { body: { id: 'x', kind: 'work' } })), [
    'create:builder first last fail',
  ]);
});

test('a reference that is missing is named, with all that was looked at', () => {
  const plan = planChange(context, change('look', { body: { id: 'x', at_id: 'nobody' } }));
  assert.ok(plan.kind === 'unresolved');
  assert.equal(plan.action, 'create');
  assert.match(plan.error, /part.*nobody.*at/);
  assert.deepEqual(plan.awaits, ['heat_template:look', 'part:nobody']);
});

test('a missing template and one that is wrong are named, and waited for', () => {
  const without = { ...context, lookup: () => undefined };
  const missing = planChange(without, change('part', { body: { id: 'x' } }));
  assert.ok(missing.kind === 'unresolved');
  assert.match(missing.error, /heat_template.*part/);
  assert.deepEqual(missing.awaits, ['heat_template:part']);
  const wrong = { ...context, lookup: () => ({ parameter_mappings: { name: { no_such_form: 1 } } }) };
  const plan = planChange(wrong, change('part', { body: { id: 'x' } }));
  assert.ok(plan.kind === 'unresolved');
  assert.match(plan.error, /name/);
  assert.deepEqual(plan.awaits, ['heat_template:part']);
});

test('the same change and the same knowledge give the same plan', () => {
  const one = change('both', {
    version: 2,
    body: { id: 'x', name: 'new', on_id: 'b' },
    previous: { id: 'x', on_id: 'a' },
  });
  assert.deepEqual(planChange(context, one), planChange(context, one));
});
