import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { type GiveAsker, hot, oneTester, outputsOf, refused, tester } from './contract-asker.ts';

/** What an engine refuses, and that nothing comes of it. */
export function refusing(asker: GiveAsker): void {
  const none = { a: { type: 'OS::Heat::None' } };
  const required = { parameters: { wanted: { type: 'string' } } };
  const cases: readonly (readonly [what: string, template: string, parameters: JsonObject, reason: RegExp])[] = [
    ['an unknown resource type', hot({ a: { type: 'OS::No::Such' } }), {}, /OS::No::Such/],
    ['a template that does not parse', 'heat_template_version: 2018-08-31\nresources:\n  a: [\n', {}, /[Pp]ars/],
    ['a template that is no mapping', 'only words', {}, /mapping/],
    ['a missing parameter', hot(none, required), {}, /wanted/],
    ['a parameter that is not declared', hot(none), { extra: 'x' }, /extra/],
    ['a parameter of the wrong type', hot(none, { parameters: { n: { type: 'number' } } }), { n: 'abc' }, /'n'.*abc/],
    [
      'a value that a constraint forbids',
      hot(none, { parameters: { c: { type: 'string', constraints: [{ allowed_values: ['a'] }] } } }),
      { c: 'b' },
      /'c'.*not an allowed value/,
    ],
    ['a property that there is not', hot({ a: tester({ nothing: 1 }) }), {}, /nothing/],
    ['a reference to nothing', hot({ a: tester({ value: { get_resource: 'b' } }) }), {}, /"b"/],
  ];
  for (const [what, template, parameters, reason] of cases) {
    it(`refuses ${what}, and says what is wrong`, async () => {
      const ask = asker();
      const ref = ask.ref();
      assert.match(await refused(ask.create(ref, 'kamado:1', template, parameters), 'STACK_REFUSED'), reason);
      assert.equal(await ask.show(ref), null);
    });
  }

  it('refuses an update in the same way, and leaves the stack as it is', async () => {
    const ask = asker();
    const ref = await ask.made('kamado:1', oneTester({ value: 'stays' }));
    for (const [, template, parameters, reason] of cases) {
      assert.match(await refused(ask.update(ref, 'kamado:2', template, parameters), 'STACK_REFUSED'), reason);
    }
    const stack = await ask.complete(ref, 'kamado:1');
    assert.equal(`${stack.action} ${outputsOf(stack).value}`, 'CREATE stays');
  });
}
