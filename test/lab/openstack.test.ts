import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { manualRuntime } from '../support/manual-runtime.ts';
import { until } from '../support/until.ts';
import { at, created, doubleFor, eventsOf, hot, oneTester, reported, send } from './openstack-helpers.ts';

const none = { a: { type: 'OS::Heat::None' } };
const ID = /[0-9a-f]{8}-[0-9a-f-]{27}/;

describe('the API of the simulated Heat', () => {
  it('answers as Heat does, in statuses, places and pages', async (context) => {
    const double = await doubleFor(context);
    const url = await created(double, 'one', hot(none));
    const byName = `${double.endpoint}/p/stacks/one`;
    assert.match(url, new RegExp(`^${byName}/${ID.source}$`));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');

    for (const method of ['GET', 'PUT', 'DELETE']) {
      const redirect = await send(byName, method);
      assert.deepEqual([redirect.status, redirect.headers.get('location')], [302, url]);
      assert.match(redirect.text, /^<html>/);
    }
    const update = await send(url, 'PUT', { template: hot({}) });
    assert.equal(update.status, 202);
    assert.match(update.headers.get('content-type') ?? '', /^text\/html/);
    assert.match(update.text, /202 Accepted/);
    await until(async () => (await reported(url)).startsWith('UPDATE_COMPLETE'), 'updated');

    const removal = await send(url, 'DELETE');
    assert.deepEqual([removal.status, removal.text], [204, '']);
    await until(async () => (await send(byName)).status === 404, 'gone');
    const gone = await send(url);
    assert.equal(at(gone.json, 'stack', 'stack_status'), 'DELETE_COMPLETE');
    assert.equal(at(gone.json, 'stack', 'outputs'), undefined);
    assert.deepEqual(at((await send(`${double.endpoint}/p/stacks`)).json, 'stacks'), []);
    assert.equal((await send(url, 'DELETE')).status, 404);
    assert.equal((await send(url, 'PUT', { template: hot({}) })).status, 404);
    assert.equal((await send(`${double.endpoint}/p/nothing`)).status, 404);
    assert.equal(at((await send(new URL('/', url).href)).json, 'versions', 0, 'id'), 'v1.0');
  });

  it('shows a stack whole, and hides what is to be hidden', async (context) => {
    const double = await doubleFor(context);
    const parameters = { pw: { type: 'string', hidden: true }, n: { type: 'number', default: 3 }, j: { type: 'json' } };
    const outputs = { o: { description: 'what', value: { get_param: 'n' } }, p: { value: { get_param: 'pw' } } };
    const template = hot(none, { parameters, outputs, description: 'Ünïcode' });
    const url = await created(double, 'shown', template, { parameters: { pw: 'secret', j: { a: [1, true] } } });
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    const stack = at((await send(url)).json, 'stack');
    const { pathname } = new URL(url);
    assert.deepEqual(at(stack, 'parameters'), {
      'OS::stack_id': pathname.split('/').at(-1),
      'OS::project_id': 'p',
      'OS::stack_name': 'shown',
      pw: '******',
      n: '3',
      j: '{"a": [1, true]}',
    });
    assert.deepEqual(at(stack, 'outputs'), [
      { output_key: 'o', description: 'what', output_value: 3 },
      { output_key: 'p', description: 'No description given', output_value: 'secret' },
    ]);
    assert.equal(at(stack, 'description'), 'Ünïcode');
    assert.equal(at(stack, 'stack_owner'), 'u');
    assert.match(String(at(stack, 'creation_time')), /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const resources = at((await send(`${url}/resources`)).json, 'resources');
    assert.equal(at(resources, 0, 'resource_status'), 'CREATE_COMPLETE');
  });

  it('lists by name, id and project, the newest first', async (context) => {
    const double = await doubleFor(context);
    for (const name of ['one', 'two', 'three']) await created(double, name, hot({}));
    await send(
      `${double.endpoint}/q/stacks`,
      'POST',
      { stack_name: 'one', template: hot({}) },
      { 'X-Auth-Project': 'q' },
    );
    const list = async (query: string) => {
      const rows = at((await send(`${double.endpoint}/p/stacks${query}`)).json, 'stacks');
      assert.ok(Array.isArray(rows));
      return rows.map((row: Json) => `${at(row, 'project')}/${at(row, 'stack_name')}`);
    };
    // Without Keystone everybody is an administrator, who is shown the stacks of all projects.
    assert.deepEqual(await list(''), ['q/one', 'p/three', 'p/two', 'p/one']);
    assert.deepEqual(await list('?name=one&name=three&tenant=p'), ['p/three', 'p/one']);
    assert.deepEqual(await list('?limit=2'), ['q/one', 'p/three']);
    assert.deepEqual(await list('?name=four'), []);
  });
});

describe('what the simulated Heat refuses', () => {
  const template = (parameter: JsonObject) => hot(none, { parameters: { x: parameter } });
  const tester = (properties: JsonObject, rest: JsonObject = {}) =>
    hot({ a: { type: 'OS::Heat::TestResource', properties, ...rest } });
  const invalidName =
    'must contain only alphanumeric or "_-." characters, must start with alpha and must be 255 characters or less.';
  // Each as Heat 19 worded it.
  const cases: readonly (readonly [body: JsonObject, status: number, type: string, message: string])[] = [
    [
      { template: hot({ a: { type: 'OS::Nope' } }) },
      400,
      'StackValidationFailed',
      'The Resource Type (OS::Nope) could not be found.',
    ],
    [
      { template: 'only text' },
      400,
      'HTTPBadRequest',
      'Template not in valid format: The template is not a JSON object or YAML mapping.',
    ],
    [{ template: '' }, 400, 'HTTPBadRequest', 'Template not in valid format: Template format version not found.'],
    [{ template: hot(none, { nope: {} }) }, 400, 'StackValidationFailed', 'The template section is invalid: nope'],
    [{ template: template({ type: 'string' }) }, 400, 'UserParameterMissing', 'The Parameter (x) was not provided.'],
    [
      { template: hot(none), parameters: { zz: 1 } },
      400,
      'UnknownUserParameter',
      'The Parameter (zz) was not defined in template.',
    ],
    [
      { template: template({ type: 'number' }), parameters: { x: 'abc' } },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: could not convert string to float: 'abc'",
    ],
    [
      { template: template({ type: 'boolean' }), parameters: { x: 'maybe' } },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: Unrecognized value 'maybe', acceptable values are: '0', '1', 'f', 'false', 'n', 'no', 'off', 'on', 't', 'true', 'y', 'yes'",
    ],
    [
      { template: template({ type: 'comma_delimited_list' }), parameters: { x: { a: 1 } } },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: Value must be a comma-delimited list string: 'dict' object has no attribute 'split'",
    ],
    [
      { template: template({ type: 'string', constraints: [{ allowed_values: ['a', 'b'] }] }), parameters: { x: 'c' } },
      400,
      'StackValidationFailed',
      'Parameter \'x\' is invalid: "c" is not an allowed value ["a", "b"]',
    ],
    [
      { template: template({ type: 'string', constraints: [{ length: { min: 3 } }] }), parameters: { x: 'c' } },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: length (1) is out of range (min: 3, max: None)",
    ],
    [
      { template: template({ type: 'number', constraints: [{ range: { min: 3, max: 5 } }] }), parameters: { x: 9 } },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: 9 is out of range (min: 3, max: 5)",
    ],
    [
      {
        template: template({
          type: 'string',
          constraints: [{ allowed_pattern: '[a-z]+', description: 'only letters' }],
        }),
        parameters: { x: '3' },
      },
      400,
      'StackValidationFailed',
      "Parameter 'x' is invalid: only letters",
    ],
    [
      { template: tester({ vvv: 1 }) },
      400,
      'StackValidationFailed',
      'Property error: resources.a.properties: Unknown Property vvv',
    ],
    [
      { template: tester({ wait_secs: 'x' }) },
      400,
      'StackValidationFailed',
      "Property error: resources.a.properties.wait_secs: could not convert string to float: 'x'",
    ],
    [
      { template: tester({ value: { a: 1 } }) },
      400,
      'StackValidationFailed',
      "Property error: resources.a.properties.value: Value must be a string; got {'a': 1}",
    ],
    [
      { template: tester({ value: { get_resource: 'b' } }) },
      400,
      'InvalidTemplateReference',
      'The specified reference "b" (in a.Properties.value) is incorrect.',
    ],
    [
      { template: tester({ value: { get_param: 'zz' } }) },
      400,
      'StackValidationFailed',
      'Property error: resources.a.properties.value: The Parameter (zz) was not provided.',
    ],
    [
      { template: tester({}, { depends_on: 'bb' }) },
      400,
      'InvalidTemplateReference',
      'The specified reference "bb" (in a) is incorrect.',
    ],
    [
      { template: hot(none, { outputs: { o: { value: { get_attr: ['zz', 'x'] } } } }) },
      400,
      'StackValidationFailed',
      'outputs.o.value.get_attr: The specified reference "zz" (in unknown) is incorrect.',
    ],
    [{ template: hot({ a: {} }) }, 400, 'StackValidationFailed', 'Each resource must contain a type key.'],
    [
      { template: hot({ g: { type: 'OS::Heat::ResourceGroup', properties: { resource_def: { type: 'OS::Nope' } } } }) },
      400,
      'StackValidationFailed',
      'The Resource Type (OS::Nope) could not be found.',
    ],
    [
      { template: hot({ g: { type: 'OS::Heat::Value', properties: {} } }) },
      400,
      'StackValidationFailed',
      'Property error: resources.g.properties: Property value not assigned',
    ],
    [
      { stack_name: '1abc', template: hot(none) },
      400,
      'StackValidationFailed',
      `Invalid stack name 1abc ${invalidName}`,
    ],
    [
      { template: hot(none), timeout_mins: 'x' },
      400,
      'HTTPBadRequest',
      "Only integer is acceptable by 'timeout_mins'.",
    ],
    [
      { template: hot(none), tags: 'x'.repeat(81) },
      400,
      'HTTPBadRequest',
      `Invalid tag, "${'x'.repeat(81)}" is longer than 80 characters`,
    ],
    [
      { template: `#${'x'.repeat(600_000)}` },
      400,
      'RequestLimitExceeded',
      'Request limit exceeded: Template size (600001 bytes) exceeds maximum allowed size (524288 bytes).',
    ],
    [{}, 400, 'HTTPBadRequest', 'No template specified'],
    [{ stack_name: 'taken', template: hot(none) }, 409, 'StackExists', 'The Stack (taken) already exists.'],
  ];

  it('is refused in its words', async (context) => {
    const double = await doubleFor(context);
    await created(double, 'taken', hot(none));
    for (const [body, status, type, message] of cases) {
      const { json, ...reply } = await send(`${double.endpoint}/p/stacks`, 'POST', { stack_name: 'bad', ...body });
      assert.deepEqual(
        [reply.status, at(json, 'error', 'type'), at(json, 'error', 'message')],
        [status, type, message],
      );
      assert.equal(at(json, 'code'), status);
      assert.equal(at(json, 'error', 'traceback'), null);
    }
    assert.deepEqual(
      double.stacks().map(({ name }) => name),
      ['taken'],
    );
  });

  it('is an update of a stack that is being deleted', async (context) => {
    const double = await doubleFor(context);
    const url = await created(double, 'slow', oneTester({ action_wait_secs: { delete: 1 } }));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    await send(url, 'DELETE');
    const { status, json } = await send(url, 'PUT', { template: hot({}) });
    assert.deepEqual([status, at(json, 'error', 'type')], [400, 'NotSupported']);
    assert.equal(at(json, 'error', 'message'), 'Updating a stack when it is deleting is not supported.');
  });
});

describe('the engine of the simulated Heat', () => {
  it('shows the old status for a moment after an update, and the old tags for a moment more', async (context) => {
    const runtime = manualRuntime();
    const double = await doubleFor(context, { runtime, delays: { acceptMs: 100, tagsMs: 10, resourceMs: 0 } });
    const url = await created(double, 'one', hot({}));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    await send(url, 'PUT', { template: oneTester({ wait_secs: 5 }), tags: 'kamado:2' });
    assert.equal(await reported(url), 'CREATE_COMPLETE kamado:1 Stack CREATE completed successfully');
    runtime.advance(100);
    assert.equal(await reported(url), 'UPDATE_IN_PROGRESS kamado:1 Stack UPDATE started');
    runtime.advance(10);
    assert.equal(await reported(url), 'UPDATE_IN_PROGRESS kamado:2 Stack UPDATE started');
    runtime.advance(5_000);
    assert.equal(await reported(url), 'UPDATE_COMPLETE kamado:2 Stack UPDATE completed successfully');
  });

  it('lets a stack fail that takes too long', async (context) => {
    const runtime = manualRuntime();
    const double = await doubleFor(context, { runtime, delays: { resourceMs: 0 } });
    const url = await created(double, 'slow', oneTester({ wait_secs: -1 }));
    runtime.advance(59_999);
    assert.match(await reported(url), /^CREATE_IN_PROGRESS/);
    runtime.advance(1);
    assert.equal(await reported(url), 'CREATE_FAILED kamado:1 Timed out');
    const [aborted] = await eventsOf(url);
    assert.match(
      aborted ?? '',
      /^a CREATE_FAILED CREATE aborted \(Task create from TestResource "a" Stack "slow" \[.*\] Timed out\)$/,
    );
  });

  it('goes by what resources require, and starts nothing after a failure', async (context) => {
    const double = await doubleFor(context, { delays: { resourceMs: 0 } });
    const test = (properties: JsonObject, rest: JsonObject = {}) => ({
      type: 'OS::Heat::TestResource',
      properties,
      ...rest,
    });
    const url = await created(
      double,
      'ordered',
      hot({
        c: test({ value: { get_attr: ['b', 'output'] } }),
        b: test({ value: { list_join: ['-', [{ get_resource: 'r' }, 'x']] } }),
        d: test({ fail: true }, { depends_on: ['c'] }),
        e: test({}, { depends_on: 'd' }),
        r: { type: 'OS::Heat::RandomString', properties: { length: 4 } },
      }),
    );
    await until(async () => !(await reported(url)).includes('IN_PROGRESS'), 'done');
    assert.match(
      await reported(url),
      /CREATE_FAILED .* Resource CREATE failed: ValueError: resources\.d: Test Resource failed d$/,
    );
    const done = (await eventsOf(url)).filter((line) => /^\w CREATE_(COMPLETE|FAILED)/.test(line));
    assert.deepEqual(
      done.map(([resource]) => resource),
      ['d', 'c', 'b', 'r'],
    );
    assert.ok(!(await eventsOf(url)).some((line) => line.startsWith('e ')));
  });

  it('replaces what cannot be updated, and says so', async (context) => {
    const double = await doubleFor(context);
    const random = (length: number) =>
      hot(
        { r: { type: 'OS::Heat::RandomString', properties: { length } } },
        { outputs: { o: { value: { get_attr: ['r', 'value'] } } } },
      );
    const url = await created(double, 'random', random(4));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    await send(url, 'PUT', { template: random(8), tags: 'kamado:2' });
    await until(async () => (await reported(url)).startsWith('UPDATE_COMPLETE kamado:2'), 'updated');
    assert.equal(String(at((await send(url)).json, 'stack', 'outputs', 0, 'output_value')).length, 8);
    assert.ok(
      (await eventsOf(url)).some((line) =>
        /^r UPDATE_COMPLETE The Resource RandomString "r" \[.*\] Stack "random" \[.*\] requires replacement\.$/.test(
          line,
        ),
      ),
    );
  });

  it('ends work that is under way when its stack is deleted', async (context) => {
    const double = await doubleFor(context);
    const url = await created(double, 'cut', oneTester({ wait_secs: 60, action_wait_secs: { delete: 0 } }));
    await until(async () => (await eventsOf(url)).some((line) => line.startsWith('a CREATE_IN_PROGRESS')), 'begun');
    await send(url, 'DELETE');
    await until(async () => (await reported(url)).startsWith('DELETE_COMPLETE'), 'gone');
    const events = await eventsOf(url);
    assert.ok(events.includes('cut CREATE_FAILED Stack CREATE cancelled'));
    assert.ok(events.includes('a CREATE_FAILED CREATE aborted (user triggered cancel)'));
  });

  it('has 500 stacks in flight', async (context) => {
    const double = await doubleFor(context);
    const names = Array.from({ length: 500 }, (_, i) => `flight${i}`);
    await Promise.all(names.map((name) => created(double, name, oneTester({ value: name, wait_secs: 0.5 }))));
    assert.equal(double.stacks().length, 500);
    await until(() => double.stacks().every(({ status }) => status === 'CREATE_COMPLETE'), 'all complete');
  });
});

describe('a simulated Heat that is killed', () => {
  it('leaves what was in progress so, until somebody updates it', async (context) => {
    const double = await doubleFor(context);
    const url = await created(double, 'cut', oneTester({ value: 'x', wait_secs: 0.2 }));
    await until(async () => (await eventsOf(url)).some((line) => line.startsWith('a CREATE_IN_PROGRESS')), 'begun');
    await double.kill();
    await assert.rejects(send(url));
    await double.restart();
    // As long as the resource would have taken, and more.
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(await reported(url), 'CREATE_IN_PROGRESS kamado:1 Stack CREATE started');
    await send(url, 'PUT', { template: oneTester({ value: 'y' }), tags: 'kamado:2' });
    await until(async () => (await reported(url)).startsWith('UPDATE_COMPLETE kamado:2'), 'mended');
    assert.ok((await eventsOf(url)).includes('a UPDATE_FAILED Worker went down during resource UPDATE'));
  });

  it('fails what was in progress where it is one without convergence', async (context) => {
    const double = await doubleFor(context, { isConvergent: false });
    const url = await created(double, 'cut', oneTester({ wait_secs: 60 }));
    await until(async () => (await eventsOf(url)).some((line) => line.startsWith('a CREATE_IN_PROGRESS')), 'begun');
    await double.kill();
    await double.restart();
    assert.equal(await reported(url), 'CREATE_FAILED kamado:1 Engine went down during stack CREATE');
  });

  it('keeps an update that it accepted', async (context) => {
    const double = await doubleFor(context, { delays: { acceptMs: 60_000 } });
    const url = await created(double, 'kept', hot({}));
    await until(async () => (await reported(url)).startsWith('CREATE_COMPLETE'), 'complete');
    await send(url, 'PUT', { template: hot({}), tags: 'kamado:2' });
    await double.kill();
    await double.restart();
    assert.match(await reported(url), /^UPDATE_IN_PROGRESS/);
  });
});
