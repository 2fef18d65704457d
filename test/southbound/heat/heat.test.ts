import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heatAvailable, startHeat } from '../../support/openstack.ts';
import { needs } from '../../support/services.ts';
import { completed, engineOn, gone, never, refusalOf, requestFor } from './helpers.ts';

test(
  'A stack on a real Heat without Keystone, from its creation to its end',
  needs('heat', heatAvailable()),
  async (t) => {
    const heat = await startHeat();
    t.after(() => heat.stop());
    const engine = engineOn(t, { kind: 'none', endpoint: heat.endpoint });
    const ref = { project: 'tenant-1', name: 'network_1' };

    assert.equal(await engine.show(ref, never), null);
    assert.deepEqual(await engine.events(ref, never), []);
    await engine.delete(ref, never);
    await engine.create(requestFor(ref, 'one'), never);
    assert.equal((await refusalOf(engine.create(requestFor(ref, 'one'), never))).code, 'STACK_EXISTS');
    const created = await completed(engine, ref, '1.0');
    assert.equal(created.action, 'CREATE');
    assert.deepEqual(
      created.outputs.map(({ output_key, output_value }) => [output_key, output_value]),
      [['echo', 'one']],
    );

    await engine.update(requestFor(ref, 'two', '2.0'), never);
    const updated = await completed(engine, ref, '2.0');
    assert.deepEqual([updated.id, updated.action, updated.outputs[0]?.output_value], [created.id, 'UPDATE', 'two']);
    const seen = await engine.statuses(ref.project, [ref.name, 'network_2', 'not a name'], never);
    assert.deepEqual([...seen.keys()], [ref.name]);
    assert.equal(seen.get(ref.name)?.revision, '2.0');
    assert.equal((await engine.statuses('tenant-2', [ref.name], never)).size, 0, 'another project has none');
    const [newest] = await engine.events(ref, never);
    assert.deepEqual([newest?.resource, newest?.status], [ref.name, 'UPDATE_COMPLETE']);

    // A Heat that was killed has forgotten nothing; connections that were kept are found closed.
    await heat.restart();
    assert.equal((await engine.show(ref, never))?.id, created.id);

    await engine.delete(ref, never);
    await gone(engine, ref);
    assert.equal((await refusalOf(engine.update(requestFor(ref, 'three'), never))).code, 'STACK_NOT_FOUND');
    await engine.create(requestFor(ref, 'four', '3.0'), never);
    assert.notEqual((await completed(engine, ref, '3.0')).id, created.id);
    await engine.delete(ref, never);
    await gone(engine, ref);
    assert.deepEqual(await engine.events(ref, never), []);
  },
);

test('What Heat refuses is refused with its reason', needs('heat', heatAvailable()), async (t) => {
  const heat = await startHeat();
  t.after(() => heat.stop());
  const engine = engineOn(t, { kind: 'none', endpoint: heat.endpoint });
  const request = requestFor({ project: 'tenant-1', name: 'network_1' }, 'one');
  const unknown = request.template.replace('OS::Heat::TestResource', 'OS::Unknown::Thing');
  const cases = [
    [{ ...request, template: unknown }, /OS::Unknown::Thing/],
    [{ ...request, parameters: {} }, /value/],
    [{ ...request, parameters: { value: 'one', more: 'two' } }, /more/],
    [{ ...request, template: 'heat_template_version: [' }, /YAML|pars/i],
    [{ ...request, ref: { ...request.ref, name: '../1' } }, /name/],
  ] as const;
  for (const [wrong, reason] of cases) {
    const error = await refusalOf(engine.create(wrong, never));
    assert.equal(error.code, 'STACK_REFUSED');
    assert.match(error.message, reason);
    assert.doesNotMatch(error.message, /Traceback|\n/);
  }
});
