import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { maskBody, maskStoreValue, type TemplateMappings, templateMappingsOf } from '../../src/database/mask.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { encodeConfig, encodeProcessed } from '../../src/records/config-record.ts';
import { encodeJob, type Job } from '../../src/records/job.ts';
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

function mask(key: string, value: string, known = templates): string {
  return maskStoreValue(model, known, key, value);
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
    assert.deepEqual(maskBody(modelType('device'), { ...body, pin: '', password: null }), {
      ...shownBody,
      pin: '',
      password: null,
    });
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
    const params = ['name', 'far', 'both', 'broken', 'unheard'];
    const shown = mask('/jobs/all/j', job('box', { id: 'd', name: 'n', device_id: 'x' }, params));
    assert.deepEqual(shownParams(shown), ['name']);
    const device = mask('/jobs/all/j', job('device', body, params));
    assert.deepEqual(JSON.parse(device)[1].resource_input, shownBody);
  });

  test('in jobs of another type with the same template', () => {
    assert.deepEqual(shownParams(mask('/jobs/all/j', job('box', {}, ['name']))), ['name']);
    assert.deepEqual(shownParams(mask('/jobs/all/j', job('link', {}, ['name']))), []);
  });

  test('in jobs whose template or type is not known, and in what is no job', () => {
    assert.deepEqual(shownParams(mask('/jobs/all/j', job('box', {}, ['name']), new Map())), []);
    const unknown = mask('/jobs/all/j', job('thing', body, ['name']));
    assert.equal(unknown.includes('hunter2'), false);
    assert.equal(mask('/jobs/all/j', `["w", {"secret": "${SECRET}"}]`), '***');
    assert.equal(mask('/jobs/ready/j', 'w'), 'w');
    assert.equal(mask('/jobs/finished/j', '["it broke"]'), '["it broke"]');
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

function modelType(id: string) {
  const type = model.types.get(id);
  assert.ok(type !== undefined);
  return type;
}
