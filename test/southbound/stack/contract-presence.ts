import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type GiveAsker, hot, oneTester, outputsOf, refused, signal } from './contract-asker.ts';

/** Stacks that are there twice, not at all, or no more. */
export function absent(asker: GiveAsker): void {
  it('refuses a second stack of the same name, and leaves the first', async () => {
    const ask = asker();
    const ref = await ask.made('kamado:1', oneTester({ value: 'first' }));
    await refused(ask.create(ref, 'kamado:2', oneTester({ value: 'second' })), 'STACK_EXISTS');
    assert.equal(outputsOf(await ask.complete(ref, 'kamado:1')).value, 'first');
  });

  it('knows nothing of a stack that is not there', async () => {
    const ask = asker();
    const ref = ask.ref();
    assert.equal(await ask.show(ref), null);
    assert.equal(await ask.summary(ref), null);
    assert.deepEqual(await ask.reasons(ref), []);
    await refused(ask.update(ref, 'kamado:1', hot({})), 'STACK_NOT_FOUND');
    await ask.delete(ref);
  });

  it('removes a stack, knows it no more, and makes a new one of its name', async () => {
    const ask = asker();
    const ref = await ask.made('kamado:1', oneTester({ value: 'first' }));
    const first = await ask.show(ref);
    await ask.delete(ref);
    await ask.gone(ref);
    assert.equal(await ask.summary(ref), null);
    assert.deepEqual(await ask.reasons(ref), []);
    await refused(ask.update(ref, 'kamado:2', hot({})), 'STACK_NOT_FOUND');
    await ask.delete(ref);

    await ask.create(ref, 'kamado:3', oneTester({ value: 'second' }));
    const second = await ask.complete(ref, 'kamado:3');
    assert.notEqual(second.id, first?.id);
    assert.equal(outputsOf(second).value, 'second');
  });
}

/** Many stacks, and those of others. */
export function many(asker: GiveAsker): void {
  it('tells the statuses of many at once', async () => {
    const ask = asker();
    const { engine, project } = ask.subject;
    const there = [ask.ref(), ask.ref(), ask.ref()];
    for (const ref of there) await ask.create(ref, `kamado:${ref.name}`, hot({ a: { type: 'OS::Heat::None' } }));
    for (const ref of there) await ask.complete(ref, `kamado:${ref.name}`);
    const absentNames = Array.from({ length: 117 }, (_, i) => `vpn_gateway_0f6a2c9e-6d55-4d5c-8f5e-${100_000 + i}`);
    const names = [...there.map(({ name }) => name), ...absentNames].sort();
    const statuses = await engine.statuses(project, names, signal());
    assert.deepEqual([...statuses.keys()].sort(), there.map(({ name }) => name).sort());
    for (const { name } of there) {
      const { action, progress, revision } = statuses.get(name) ?? {};
      assert.deepEqual(
        { action, progress, revision },
        { action: 'CREATE', progress: 'COMPLETE', revision: `kamado:${name}` },
      );
    }
    assert.equal((await engine.statuses(project, [], signal())).size, 0);
  });

  it('keeps projects apart', async () => {
    const ask = asker();
    const { otherProject } = ask.subject;
    const ref = await ask.made('kamado:1', oneTester({ value: 'ours' }));
    const other = ask.sameIn(otherProject, ref);
    assert.equal(await ask.show(other), null);
    assert.equal(await ask.summary(other), null);
    await refused(ask.update(other, 'kamado:2', hot({})), 'STACK_NOT_FOUND');
    await ask.delete(other);
    assert.ok(await ask.show(ref), 'the delete in the other project did not touch it');

    await ask.create(other, 'kamado:theirs', oneTester({ value: 'theirs' }));
    const theirs = await ask.complete(other, 'kamado:theirs');
    const ours = await ask.complete(ref, 'kamado:1');
    assert.notEqual(theirs.id, ours.id);
    assert.deepEqual([outputsOf(ours).value, outputsOf(theirs).value], ['ours', 'theirs']);
    assert.equal((await ask.summary(ref))?.id, ours.id);
    assert.equal((await ask.summary(other))?.id, theirs.id);
  });
}
