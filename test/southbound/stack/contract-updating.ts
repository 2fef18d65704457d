import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import type { JsonObject } from '../../../src/kernel/json.ts';
import type { StackSummary } from '../../../src/southbound/stack/stack.ts';
import { type GiveAsker, hot, oneTester, outputsOf, tester } from './contract-asker.ts';

/** What comes of updates. */
export function updating(asker: GiveAsker): void {
  it('updates what changed, and leaves the rest as it is', async () => {
    const ask = asker();
    const random = { type: 'OS::Heat::RandomString', properties: { length: 12 } };
    const outputs = {
      random: { value: { get_attr: ['r', 'value'] } },
      value: { value: { get_attr: ['a', 'output'] } },
      id: { value: { get_resource: 'a' } },
    };
    const template = (value: string, more: JsonObject = {}, others: JsonObject = { b: tester({}) }) =>
      hot({ r: random, a: tester({ value, ...more }), ...others }, { outputs });
    const ref = await ask.made('kamado:1', template('one'));
    const first = await ask.show(ref);
    await ask.update(ref, 'kamado:2', template('two'));
    const second = await ask.complete(ref, 'kamado:2');
    assert.ok(first);
    assert.equal(second.id, first.id);
    assert.equal(second.action, 'UPDATE');
    assert.match(second.reason, /UPDATE completed successfully/);
    assert.deepEqual(outputsOf(second), { ...outputsOf(first), value: 'two' });

    await ask.update(ref, 'kamado:3', template('three', { update_replace: true }, {}));
    const third = outputsOf(await ask.complete(ref, 'kamado:3'));
    assert.equal(third.value, 'three');
    assert.equal(third.random, outputsOf(first).random);
    assert.notEqual(third.id, outputsOf(first).id);
    const happened = await ask.reasons(ref);
    assert.ok(happened.some((line) => line.startsWith('b DELETE_COMPLETE')));
    assert.ok(happened.some((line) => line.startsWith('a DELETE_COMPLETE')));
    assert.ok(!happened.some((line) => line.startsWith('r UPDATE') || line.startsWith('r DELETE')));
  });

  it('takes parameters, outputs and resources away that an update does not name', async () => {
    const ask = asker();
    const parameters = { one: { type: 'string' } };
    const outputs = { one: { value: { get_param: 'one' } } };
    const ref = await ask.made('kamado:1', hot({ a: tester({}) }, { parameters, outputs }), { one: 'given' });
    await ask.update(ref, 'kamado:2', hot({}, { outputs: { two: { value: 2 } } }));
    assert.deepEqual(outputsOf(await ask.complete(ref, 'kamado:2')), { two: 2 });
  });

  it('never tells a revision before its effect', async () => {
    const ask = asker();
    const ref = await ask.made('kamado:1', oneTester({ value: 'v1' }));
    for (const round of [2, 3]) {
      const revision = `kamado:${round}`;
      const seen: StackSummary[] = [];
      await ask.update(ref, revision, oneTester({ value: `v${round}` }));
      const stack = await ask.done(ref, revision, (summary) => seen.push(summary));
      assert.equal(outputsOf(stack).value, `v${round}`);
      for (const { revision: reported, action } of seen) if (reported === revision) assert.equal(action, 'UPDATE');
    }
    await ask.update(ref, 'kamado:4', oneTester({ value: 'v4', fail: true }));
    const failed = await ask.done(ref, 'kamado:4');
    assert.equal(`${failed.action} ${failed.progress}`, 'UPDATE FAILED');
    assert.match(failed.reason, /Test Resource failed a/);
  });

  it('takes an update of a stack that is in progress, or says that it is busy', async () => {
    const ask = asker();
    const ref = ask.ref();
    await ask.create(ref, 'kamado:1', oneTester({ value: 'v1', wait_secs: 1 }));
    await ask.update(ref, 'kamado:2', oneTester({ value: 'v2' })).catch(async (error: unknown) => {
      assert.ok(isKamadoError(error, 'STACK_BUSY'), String(error));
      await ask.complete(ref, 'kamado:1');
      await ask.update(ref, 'kamado:2', oneTester({ value: 'v2' }));
    });
    const updated = await ask.done(ref, 'kamado:2');
    if (updated.progress === 'FAILED') {
      // Heat's own tables may come into disorder; then the next update puts it right.
      await ask.update(ref, 'kamado:3', oneTester({ value: 'v2' }));
      await ask.complete(ref, 'kamado:3');
    }
    assert.equal(outputsOf((await ask.show(ref)) ?? updated).value, 'v2');
  });
}
