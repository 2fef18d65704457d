import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { type GiveAsker, hot, oneTester, outputsOf, refused } from './contract-asker.ts';

/** What comes of stacks that are created. */
export function creating(asker: GiveAsker): void {
  it('creates a stack, and tells its outputs and what it says of itself', async () => {
    const ask = asker();
    const ref = ask.ref();
    await ask.create(ref, 'kamado:1.0', oneTester({ value: 'made' }));
    const stack = await ask.complete(ref, 'kamado:1.0');
    assert.equal(stack.name, ref.name);
    assert.equal(stack.action, 'CREATE');
    assert.match(stack.reason, /CREATE completed successfully/);
    assert.equal(outputsOf(stack).value, 'made');
    const summary = await ask.summary(ref);
    const { outputs: _, ...rest } = stack;
    assert.deepEqual(summary, rest);
  });

  it('hands over parameters of every type, hidden ones too', async () => {
    const ask = asker();
    const types = {
      text: 'string',
      number: 'number',
      fraction: 'number',
      yes: 'boolean',
      no: 'boolean',
      list: 'comma_delimited_list',
      words: 'comma_delimited_list',
      json: 'json',
      nested: 'json',
      asText: 'string',
    };
    const given = {
      text: 'plain',
      number: 42,
      fraction: '1.5',
      yes: true,
      no: 'false',
      list: ['a', 'b'],
      words: 'c,d',
      json: { a: [1, { b: null }] },
      nested: '{"c": true}',
      asText: 7,
    };
    const parameters: { [name: string]: Json } = { secret: { type: 'string', hidden: true } };
    for (const [name, type] of Object.entries(types)) parameters[name] = { type };
    parameters.absent = { type: 'string', default: 'by itself' };
    const outputs = Object.fromEntries(Object.keys(parameters).map((key) => [key, { value: { get_param: key } }]));
    const template = hot({ a: { type: 'OS::Heat::None' } }, { parameters, outputs });
    const ref = await ask.made('kamado:types', template, { ...given, secret: 'not to be shown' });
    const stack = await ask.show(ref);
    assert.ok(stack);
    assert.deepEqual(outputsOf(stack), {
      ...given,
      fraction: 1.5,
      no: false,
      words: ['c', 'd'],
      nested: { c: true },
      asText: '7',
      secret: 'not to be shown',
      absent: 'by itself',
    });
  });

  it('carries any characters in values, and those of Heat in names', async () => {
    const ask = asker();
    const value = `Grüße "q" 'q' 100% / \\ \t ${'日本'} 🚀 {{ x }} $a`;
    const parameters = { value: { type: 'string' } };
    const outputs = { value: { value: { get_attr: ['a', 'value'] } } };
    const resources = { a: { type: 'OS::Heat::Value', properties: { value: { get_param: 'value' } } } };
    const { name, project } = ask.ref();
    const ref = ask.sameIn(project, { project, name: `${name}.of-odd_Characters.` });
    await ask.create(ref, 'a "revision"/ü: 2', hot(resources, { parameters, outputs }), { value });
    const stack = await ask.complete(ref, 'a "revision"/ü: 2');
    assert.equal(outputsOf(stack).value, value);
    for (const impossible of [`${name}%41`, `${name}/../x`, `${name} ü`, '1', '']) {
      const other = { project, name: impossible };
      await refused(ask.create(other, 'kamado:1', hot({})), 'STACK_REFUSED');
      assert.equal(await ask.show(other), null);
      assert.equal(await ask.summary(other), null);
      assert.deepEqual(await ask.reasons(other), []);
      await ask.delete(other);
    }
  });

  it('tells that a stack is in progress while its resources take their time', async () => {
    const ask = asker();
    const ref = ask.ref();
    await ask.create(ref, 'kamado:slow', oneTester({ value: 'late', wait_secs: 1 }));
    const before = await ask.show(ref);
    assert.equal(before?.progress, 'IN_PROGRESS');
    assert.equal(outputsOf(await ask.complete(ref, 'kamado:slow')).value, 'late');
  });

  it('tells which resource failed and why, newest event first; an update mends it', async () => {
    const ask = asker();
    const ref = ask.ref();
    await ask.create(ref, 'kamado:1', oneTester({ value: 'x', fail: true }));
    const failed = await ask.done(ref, 'kamado:1');
    assert.equal(failed.progress, 'FAILED');
    assert.equal(failed.action, 'CREATE');
    assert.equal(failed.reason, 'Resource CREATE failed: ValueError: resources.a: Test Resource failed a');
    const [newest, next, ...older] = await ask.reasons(ref);
    assert.equal(newest, `${ref.name} CREATE_FAILED ${failed.reason}`);
    assert.equal(next, 'a CREATE_FAILED ValueError: resources.a: Test Resource failed a');
    assert.equal(older.at(-1), `${ref.name} CREATE_IN_PROGRESS Stack CREATE started`);

    await ask.update(ref, 'kamado:2', oneTester({ value: 'mended' }));
    const mended = await ask.complete(ref, 'kamado:2');
    assert.equal(mended.id, failed.id);
    assert.equal(outputsOf(mended).value, 'mended');
  });

  it('makes nested stacks, and tells what failed in them', async () => {
    const ask = asker();
    const group = (properties: JsonObject) => ({
      group: {
        type: 'OS::Heat::ResourceGroup',
        properties: { count: 2, resource_def: { type: 'OS::Heat::TestResource', properties } },
      },
    });
    const outputs = { all: { value: { get_attr: ['group', 'output'] } } };
    const good = ask.ref();
    const bad = ask.ref();
    await ask.create(good, 'kamado:1', hot(group({ value: 'n%index%' }), { outputs }));
    await ask.create(bad, 'kamado:1', hot(group({ value: 'x', fail: true })));
    assert.deepEqual(outputsOf(await ask.complete(good, 'kamado:1')).all, ['n0', 'n1']);
    const failed = await ask.done(bad, 'kamado:1');
    assert.equal(failed.progress, 'FAILED');
    const reason = /ValueError: resources\.group\.resources\[[01]\]: Test Resource failed [01]$/;
    assert.match(failed.reason, reason);
    assert.ok((await ask.reasons(bad)).some((line) => line.startsWith('group CREATE_FAILED') && reason.test(line)));
  });
}
