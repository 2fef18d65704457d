import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { checkCatalog } from '../../src/catalog/catalog-check.ts';
import { isKamadoError } from '../../src/kernel/errors.ts';
import { folderOf, templateSchema } from './catalog-files.ts';

/** The faults of a catalogue of one type and one template, or its warnings where others may come. */
async function faultsOf(
  context: TestContext,
  given: { readonly binds: string; readonly says?: string; readonly text?: string },
  othersMayCome = false,
): Promise<readonly string[]> {
  const { binds, says = '', text = 'one: { type: netconf }' } = given;
  const schema = `schemas:
  - id: thing
    singular: thing
    plural: things
    title: Thing
    metadata:
      state_versioning: true
      handlers:
        - handler: ${binds}
          template: Cthing
    schema:
      type: object
      properties:
        name: { type: string, permission: [create] }${templateSchema}`;
  const body = text.replaceAll(/^(?=.)/gm, '      ');
  const rows = `heat_template:
  - id: thing
    parameter_mappings: {}
    handler: ${says}
    template_file: |
${body}
`;
  const folder = await folderOf(context, { 'c/schemas/a.yaml': schema, 'c/templates/a.yaml': rows });
  const { fault, warnings } = await checkCatalog(join(folder, 'c'), { othersMayCome, handlers: ['own_worker'] });
  if (othersMayCome) {
    assert.equal(fault, null);
    return warnings;
  }
  if (fault === null) return [];
  assert.ok(isKamadoError(fault, 'SCHEMA_INVALID'));
  return fault.message.split('\n').slice(1);
}

test('a handler that no worker has is a fault, at its place, with what may be meant', async (context) => {
  const [fault = '', ...more] = await faultsOf(context, { binds: 'heat_wroker' });
  assert.deepEqual(more, []);
  assert.match(fault, /^c\/schemas\/a\.yaml:9:\d+#\/schemas\/0\/metadata\/handlers\/0\/handler \(thing\): /);
  assert.match(fault, /no worker has a handler heat_wroker.*heat_worker/);
});

test('where workers in other processes may come it is a warning', async (context) => {
  const warnings = await faultsOf(context, { binds: 'far_worker' }, true);
  assert.equal(warnings.filter((warning) => /no worker has a handler far_worker/.test(warning)).length, 1);
});

test('a handler that this process brings along is known', async (context) => {
  assert.deepEqual(await faultsOf(context, { binds: 'own_worker', says: 'own_worker' }), []);
});

test('a template that says another handler than its types is a fault', async (context) => {
  const [fault = '', ...more] = await faultsOf(context, { binds: 'monitoring_worker', says: 'heat_worker' });
  assert.deepEqual(more, []);
  assert.match(fault, /#\/heat_template\/0\/handler .*for monitoring_worker, and not for heat_worker/);
});

test('a plug-in of monitoring that is not there is a fault at its line', async (context) => {
  const text = 'router:\n  type: netcomf\n  ip: x\nother:\n  type: "etcd_reader"\n  more:\n    type: anything';
  const [fault = '', ...more] = await faultsOf(context, { binds: 'monitoring_worker', text });
  assert.deepEqual(more, []);
  assert.match(fault, /^c\/templates\/a\.yaml:7:\d+#.*no plug-in netcomf.*netconf/);
});
