import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StackProgress, StackSummary } from '../../../src/southbound/stack/stack.ts';
import { nextStep, type Step, type Wanted } from '../../../src/worker/heat/next-step.ts';

const stack = (status: string, revision: string | null = null): StackSummary => {
  const [, action = '', progress = ''] = /^(\w+?)_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(status) ?? [];
  return { id: 's', name: 'part_x', action, progress: progress as StackProgress, reason: '', revision };
};
const ours = '3.0';
const present: Wanted = { kind: 'present', revision: ours };
const absent: Wanted = { kind: 'absent' };

const cases: readonly (readonly [Wanted, StackSummary | null, Step])[] = [
  [present, null, 'create'],
  [present, stack('CREATE_IN_PROGRESS', ours), 'wait'],
  [present, stack('CREATE_IN_PROGRESS'), 'wait'],
  [present, stack('CREATE_COMPLETE', ours), 'done'],
  [present, stack('UPDATE_COMPLETE', ours), 'done'],
  [present, stack('CREATE_FAILED', ours), 'failed'],
  [present, stack('UPDATE_FAILED', ours), 'failed'],
  // what somebody else made, an older version or a try that failed before is brought to what is asked for
  [present, stack('CREATE_COMPLETE'), 'update'],
  [present, stack('UPDATE_COMPLETE', '2.0'), 'update'],
  [present, stack('CREATE_FAILED', '2.1'), 'update'],
  [present, stack('UPDATE_FAILED'), 'update'],
  // and what somebody did to ours besides
  [present, stack('CHECK_COMPLETE', ours), 'update'],
  [present, stack('CHECK_FAILED', ours), 'update'],
  [present, stack('SUSPEND_COMPLETE', ours), 'update'],
  [present, stack('DELETE_IN_PROGRESS', ours), 'wait'],
  [present, stack('DELETE_FAILED', ours), 'delete'],
  [absent, null, 'done'],
  [absent, stack('CREATE_COMPLETE', ours), 'delete'],
  [absent, stack('CREATE_IN_PROGRESS'), 'delete'],
  [absent, stack('UPDATE_FAILED'), 'delete'],
  [absent, stack('DELETE_FAILED'), 'delete'],
  [absent, stack('DELETE_IN_PROGRESS'), 'wait'],
];

test('what is in progress is waited for no more when it took too long, unless it is what was asked for', () => {
  const step = (seen: StackSummary, wanted: Wanted) => nextStep(seen, wanted, true);
  assert.equal(step(stack('CREATE_IN_PROGRESS', ours), present), 'wait');
  assert.equal(step(stack('CREATE_IN_PROGRESS', '2.0'), present), 'update');
  assert.equal(step(stack('DELETE_IN_PROGRESS', ours), present), 'delete');
  assert.equal(step(stack('DELETE_IN_PROGRESS'), absent), 'delete');
});

for (const [wanted, seen, step] of cases) {
  const what = seen === null ? 'nothing' : `${seen.action}_${seen.progress} of ${seen.revision ?? 'somebody else'}`;
  test(`to be ${wanted.kind}: where there is ${what}: ${step}`, () => assert.equal(nextStep(seen, wanted), step));
}
