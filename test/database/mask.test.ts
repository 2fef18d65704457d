import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { encodeConfig, encodeProcessed } from '../../src/records/config-record.ts';
import { encodeJob, type Job } from '../../src/records/job.ts';
import { encodeSecretNames, jobMarkKey, outputsMarkKey, propertyMarkKey } from '../../src/records/secret-marks.ts';
import { maskStoreValue, type TemplateMappings, templateMappingsOf } from '../../src/redaction/mask-store-value.ts';
import { SecretMarks } from '../../src/redaction/secret-marks.ts';
import { modelOf, refersTo, schema, string } from './helpers.ts';

const SECRET = 'hunter2-竈';
const secret = { ...string, secret: true };
const handled = {
  metadata: { state_versioning: true, handlers: [{ handler: 'w', template: 'Ct' }] },
};

const model = modelOf(
  schema(
    'device',
    {
      name: string,
      password: string,
      pin: secret,
      open_token: { ...string, secret: false },
      snmp: { type: 'object', properties: { community: string } },
      peers: { type: 'array', items: { type: 'object', properties: { key: secret } } },
    },
    handled,
  ),
  schema('link', { device_id: refersTo('device'), name: secret }, handled),
  schema('box', { name: string, key: string, device_id: refersTo('device') }, handled),
  schema('heat_template', { parameter_mappings: { type: 'object' } }),
  schema(
    'bare',
    { login: { type: 'object', properties: { password: string } }, name: string },
    {
      metadata: { sync_property: 'login' },
    },
  ),
  schema(
    'outside',
    { name: string, password: string },
    {
      metadata: { sync_skip_config_prefix: true, sync_key_template: '/elsewhere/{{name}}', sync_plain: true },
    },
  ),
);

const body = {
  id: 'd',
  name: 'n',
  password: SECRET,
  pin: SECRET,
  open_token: 'shown',
  snmp: { community: SECRET, version: 2 },
  peers: [{ key: SECRET }],
};
const shownBody = { ...body, password: '***', pin: '***', snmp: '***', peers: '***' };

const mappings: JsonObject = {
  name: { field: 'name' },
  far: { field: 'password', path: ['device_id'] },
  both: { concatenate: [{ field: 'name' }, { field: 'pin', path: ['device_id'] }] },
  broken: { nonsense: 1 },
};
const templates: TemplateMappings = new Map([['t', mappings]]);

function job(type: string, resource_input: JsonObject, params: readonly string[]): string {
  const value: Job = {
    id: `create:w:${type}:d:1:abcde`,
    action: 'create',
    handler: 'w',
    resource_type: type,
    resource_id: 'd',
    version: 1,
    job_name: `${type}:d:1`,
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    dependency: [],
    params: params.map((param) => ({ param, type: 'value', value: SECRET, resources: [] })),
    resource_input,
  };
  return encodeJob({ job: value, attempt: 0 });
}

/** Marks of jobs of these types, as of planning under `templates`. */
function marksOf(secretParams: readonly string[] = ['far', 'both', 'broken']): SecretMarks {
  const marks = new SecretMarks();
  for (const type of ['box', 'device', 'link', 'thing']) {
    marks.learn(jobMarkKey(`create:w:${type}:d:1:abcde`), encodeSecretNames(secretParams), 1);
  }
  return marks;
}

function mask(key: string, value: string, { known = templates, marks = marksOf(), revision = 9 } = {}): string {
  return maskStoreValue(
    { model, templates: known, marks },
    { key, value, createRevision: revision, modRevision: revision },
  );
}

/** Parameters of a masked job whose values are shown. */
function shownParams(value: string): readonly string[] {
  const params: readonly { readonly param: string; readonly value: string }[] = JSON.parse(value)[1].params;
  return params.filter((param) => param.value !== '***').map((param) => param.param);
}

describe('secrets are masked', () => {
  test('in a config, wherever the schema or a name says so', () => {
    const shown = JSON.parse(mask('/config/v2.0/devices/d', encodeConfig(JSON.stringify(body), 3, false)));
    assert.deepEqual(
      { ...shown, body: JSON.parse(shown.body) },
      { body: shownBody, marked_for_deletion: false, version: 3 },
    );
    const empty = encodeProcessed({ body: { ...body, pin: '', password: null }, version: 1, deleted: false });
    const shownEmpty = JSON.parse(mask('/esi-worker/config/v2.0/devices/d', empty)).body;
    assert.deepEqual(shownEmpty, { ...shownBody, pin: '', password: null });
    const former = encodeProcessed({ body: { ...body, former: SECRET }, version: 1, deleted: false });
    const shownFormer = JSON.parse(mask('/esi-worker/config/v2.0/devices/d', former)).body;
    assert.deepEqual(shownFormer, { ...shownBody, former: '***' }, 'nobody knows what it was');
  });

  test('in the configs that the controller keeps', () => {
    const value = encodeProcessed({ body, version: 3, deleted: false });
    for (const family of ['/esi-worker/config', '/kamado/applied']) {
      assert.deepEqual(JSON.parse(mask(`${family}/v2.0/devices/d`, value)).body, shownBody);
    }
  });

  test('in bodies of types that nobody knows, and in what is no config', () => {
    const unknown = mask('/config/v2.0/things/d', encodeConfig(JSON.stringify(body), 1, false));
    assert.equal(unknown.includes('hunter2'), false);
    assert.equal(JSON.parse(JSON.parse(unknown).body).id, 'd');
    for (const value of [SECRET, `"${SECRET}"`, `{"body":"${SECRET}"}`, `{"body":["${SECRET}"]}`, '{']) {
      assert.equal(mask('/config/v2.0/devices/d', value), '***');
    }
    assert.equal(mask('/config/v2.0/devices/d', ''), '');
  });

  test('in jobs: the input, and the parameters that end in a secret field', () => {
    const params = ['name', 'far', 'both', 'broken'];
    const shown = mask('/jobs/all/j', job('box', { id: 'd', name: 'n', device_id: 'x' }, params));
    assert.deepEqual(shownParams(shown), ['name']);
    const device = mask('/jobs/all/j', job('device', body, params));
    assert.deepEqual(JSON.parse(device)[1].resource_input, shownBody);
  });

  test('in jobs of another type with the same template', () => {
    assert.deepEqual(shownParams(mask('/jobs/all/j', job('box', {}, ['name']))), ['name']);
    assert.deepEqual(shownParams(mask('/jobs/all/j', job('link', {}, ['name']))), []);
  });

  test('in jobs by what was secret when they were planned, whatever the mapping says now', () => {
    const params = ['name', 'far', 'later'];
    const planned = marksOf(['name']);
    const now: TemplateMappings = new Map([['t', { name: { field: 'name' }, far: mappings.far ?? null }]]);
    const value = job('box', { id: 'd' }, params);
    assert.deepEqual(shownParams(mask('/jobs/all/j', value, { known: now, marks: planned })), ['later']);
    assert.deepEqual(shownParams(mask('/jobs/all/j', value, { known: new Map(), marks: planned })), ['far', 'later']);
  });

  test('in jobs without a mark, and in those of types that nobody knows: all that the body does not show', () => {
    const value = job('box', {}, ['name']);
    assert.deepEqual(shownParams(mask('/jobs/all/j', value, { marks: new SecretMarks() })), []);
    const repeated = job('box', { name: SECRET }, ['name', 'far']);
    assert.deepEqual(
      shownParams(mask('/jobs/all/j', repeated, { marks: new SecretMarks() })),
      ['name'],
      'it is shown twice',
    );
    const odd = new SecretMarks();
    odd.learn(jobMarkKey('create:w:box:d:1:abcde'), '{"name":1}', 1);
    assert.deepEqual(shownParams(mask('/jobs/all/j', value, { marks: odd })), []);
    const unknown = mask('/jobs/all/j', job('thing', body, ['name']));
    assert.equal(unknown.includes('hunter2'), false);
    assert.equal(mask('/jobs/all/j', `["w", {"secret": "${SECRET}"}]`), '***');
    assert.equal(mask('/jobs/ready/j', 'w'), 'w');
    assert.equal(mask('/jobs/finished/j', '["it broke"]'), '["it broke"]');
  });

  test('in the free part of an object by its name; but what a template maps is no value', () => {
    const free = { id: 'd', name: { deep: [{ admin_password: SECRET, port: 1 }] } };
    const shown = JSON.parse(mask('/config/v2.0/boxs/d', encodeConfig(JSON.stringify(free), 1, false)));
    assert.deepEqual(JSON.parse(shown.body), { id: 'd', name: { deep: [{ admin_password: '***', port: 1 }] } });
    const queued = JSON.parse(mask('/jobs/all/j', job('box', free, [])));
    assert.deepEqual(queued[1].resource_input.name.deep, [{ admin_password: '***', port: 1 }]);
    const template = encodeConfig(JSON.stringify({ id: 't', parameter_mappings: { password: 'Ppin' } }), 1, false);
    assert.equal(mask('/config/v2.0/heat_templates/t', template), template);
  });

  test('in what was written while a property was secret', () => {
    const marks = marksOf([]);
    marks.learn(propertyMarkKey('box', 'key'), '[]', 5);
    const config = encodeConfig(JSON.stringify({ id: 'd', key: SECRET, name: 'n' }), 1, false);
    const shown = (revision: number) => {
      return JSON.parse(JSON.parse(mask('/config/v2.0/boxs/d', config, { marks, revision })).body).key;
    };
    const shownInput = (revision: number) => {
      return JSON.parse(mask('/jobs/all/j', job('box', { key: SECRET }, []), { marks, revision }))[1].resource_input
        .key;
    };
    assert.deepEqual([shown(4), shown(6)], ['***', SECRET]);
    assert.deepEqual([shownInput(4), shownInput(6)], ['***', SECRET]);
  });

  test('in outputs of stacks, whatever their names hold, in a list or in the text of one', () => {
    const marks = marksOf();
    marks.learn(outputsMarkKey('/v2.0/devices', 'd'), encodeSecretNames(['url']), 1);
    const names = [
      'user',
      'admin_password',
      'a"b_password',
      'a\\"_token',
      '\u7ac8_secret',
      '", "x": "_password',
      'url',
    ];
    const outputs = names.map((output_key) => ({ output_key, output_value: `value of ${output_key}` }));
    const open = outputs.map((output, i) => (i === 0 ? output : { ...output, output_value: '***' }));
    const stack = { id: 'device:d', output: outputs };
    const shown = mask('/esi-worker/heat_stacks/v2.0/devices/d', JSON.stringify(stack), { marks });
    assert.deepEqual(JSON.parse(shown), { ...stack, output: open });
    const state = {
      error: '',
      state: { heat_outputs: JSON.stringify(outputs), twice: JSON.stringify(JSON.stringify(outputs)) },
    };
    const shownState = JSON.parse(mask('/state/v2.0/devices/d', JSON.stringify(state), { marks })).state;
    assert.deepEqual(JSON.parse(shownState.heat_outputs), open);
    assert.deepEqual(JSON.parse(JSON.parse(shownState.twice)), open);
    const ascii = JSON.stringify(stack).replaceAll('output_key', '\\u006futput_key');
    assert.deepEqual(JSON.parse(mask('/esi-worker/heat_stacks/v2.0/devices/d', ascii, { marks })), {
      ...stack,
      output: open,
    });
    const harmless = JSON.stringify({ output: [outputs[0]] }, null, 1);
    assert.equal(mask('/esi-worker/heat_stacks/v2.0/devices/d', harmless), harmless);
  });

  test('in what the published schemas say of a secret', () => {
    const properties = {
      pin: { type: 'string', secret: true, default: SECRET, examples: [SECRET] },
      name: { default: 'n' },
    };
    const shown = mask('/kamado/model/types/0/000001', JSON.stringify({ id: 'x', schema: { properties } }));
    assert.deepEqual(JSON.parse(shown).schema.properties, {
      pin: { type: 'string', secret: true, default: '***', examples: '***' },
      name: { default: 'n' },
    });
  });

  test('in types with a form of their own in the store', () => {
    const value = encodeConfig(`{"password":"${SECRET}"}`, 1, false);
    assert.equal(mask('/config/v2.0/bares/d', value), '***');
    assert.equal(mask('/elsewhere/x', JSON.stringify(body)), '***');
  });

  test('and nothing else', () => {
    for (const key of [
      '/state/v2.0/devices/d',
      '/monitoring/v2.0/devices/d',
      '/kamado/sync/cursor',
      '/job_manager_id',
    ]) {
      assert.equal(mask(key, '{"version":1}'), '{"version":1}');
    }
  });
});

test('templates are learned from their configs', () => {
  const value = encodeConfig(JSON.stringify({ id: 't', parameter_mappings: mappings }), 1, false);
  assert.deepEqual(templateMappingsOf(model, '/config/v2.0/heat_templates/t', value), { id: 't', mappings });
  assert.equal(templateMappingsOf(model, '/config/v2.0/devices/t', value), null);
  assert.equal(templateMappingsOf(model, '/config/v2.0/heat_templates/t', 'x'), null);
});
