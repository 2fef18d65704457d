import assert from 'node:assert/strict';
import { it } from 'node:test';
import { isKamadoError } from '../../../src/kernel/errors.ts';
import { type GiveAsker, hot, oneTester, outputsOf, refused } from './contract-asker.ts';

/** Requests for a stack that cross each other. */
export function crossing(asker: GiveAsker): void {
  it('removes a stack that is being created', async () => {
    const ask = asker();
    const ref = ask.ref();
    await ask.create(ref, 'kamado:1', oneTester({ value: 'x', wait_secs: 1 }));
    await ask.delete(ref);
    await ask.gone(ref);
    assert.equal(await ask.summary(ref), null);
  });

  it('ends an update and a delete that come at once in one or the other', async () => {
    const ask = asker();
    for (const isDeleteFirst of [true, false]) {
      const ref = await ask.made('kamado:1', oneTester({ value: 'x' }));
      const update = () => ask.update(ref, 'kamado:2', oneTester({ value: 'y' })).catch((error: unknown) => error);
      const remove = () => ask.delete(ref).catch((error: unknown) => error);
      const errors = await Promise.all(isDeleteFirst ? [remove(), update()] : [update(), remove()]);
      for (const error of errors) {
        if (error === undefined) continue;
        assert.ok(isKamadoError(error, 'STACK_BUSY') || isKamadoError(error, 'STACK_NOT_FOUND'), String(error));
      }
      const summary = await ask.summary(ref);
      if (summary !== null && summary.action !== 'DELETE') await ask.delete(ref);
      await ask.gone(ref);
    }
  });
}

/** Tokens that are lost on the way. */
export function losingTokens(asker: GiveAsker): void {
  it('goes on with a new token where the old one is no longer good', async () => {
    const ask = asker();
    const { expireTokens } = ask.subject;
    assert.ok(expireTokens);
    const ref = await ask.made('kamado:1', oneTester({ value: 'before' }));
    await expireTokens();
    await ask.update(ref, 'kamado:2', oneTester({ value: 'after' }));
    await expireTokens();
    assert.equal(outputsOf(await ask.complete(ref, 'kamado:2')).value, 'after');
    await expireTokens();
    assert.ok((await ask.reasons(ref)).length > 0);
    await expireTokens();
    await Promise.all([ask.show(ref), ask.summary(ref), ask.create(ask.ref(), 'kamado:1', hot({}))]);
    await expireTokens();
    await ask.delete(ref);
    await ask.gone(ref);
  });
}

/** An engine that dies on the way. */
export function dying(asker: GiveAsker): void {
  it('keeps its stacks when it is killed; an update mends what was in progress, a delete removes it', async () => {
    const ask = asker();
    const { kill, restart } = ask.subject;
    const whole = await ask.made('kamado:1', oneTester({ value: 'whole' }));
    const [creating, removed] = [ask.ref(), ask.ref()];
    for (const ref of [creating, removed]) await ask.create(ref, 'kamado:1', oneTester({ value: 'cut', wait_secs: 1 }));
    await ask.update(whole, 'kamado:2', oneTester({ value: 'changed', wait_secs: 1 }));
    await ask.seen(whole, 'kamado:2');
    await kill();
    await refused(ask.show(creating), 'STACK_UNAVAILABLE');
    await refused(ask.create(ask.ref(), 'kamado:1', hot({})), 'STACK_UNAVAILABLE');
    await restart();
    const cut = await ask.summary(creating);
    assert.equal(cut?.action, 'CREATE');
    assert.equal(cut?.revision, 'kamado:1');
    await ask.update(creating, 'kamado:2', oneTester({ value: 'mended' }));
    assert.equal(outputsOf(await ask.complete(creating, 'kamado:2')).value, 'mended');
    await ask.delete(removed);
    await ask.update(whole, 'kamado:3', oneTester({ value: 'mended, too' }));
    assert.equal(outputsOf(await ask.complete(whole, 'kamado:3')).value, 'mended, too');
    await ask.gone(removed);
  });
}
