import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import {
  parseTemplate,
  renderGuarded,
  renderTemplate,
  renderYaml,
  type Template,
} from '../../src/template/template.ts';
import { listOf, objectOf, RUNS, readLines, recordedTemplates, skipWithoutShared, textOf } from './shared.ts';

const FIRST_RUN = RUNS[0];

function templatesOf(run: string): ReadonlyMap<string, Template> {
  const recorded = recordedTemplates(run);
  return new Map(recorded.map(({ id, source }) => [id, parseTemplate(id, source)]));
}

/** The recordings keep a rendered template with its newlines at both ends stripped and one added. */
function stripped(rendered: string): string {
  return `${rendered.replace(/^\n+/, '').replace(/\n+$/, '')}\n`;
}

for (const run of RUNS) {
  test(`${run}: every recorded Heat template is rendered to the byte`, { skip: skipWithoutShared }, (context) => {
    const templates = templatesOf(run);
    const calls = readLines(`traces/${run}/heat_calls.jsonl`)
      .map((call) => objectOf(call.body))
      .filter((body) => typeof body.template === 'string');
    for (const body of calls) {
      const stack = textOf(body.stack_name);
      const type = stack.replace(/_[0-9a-f-]{36}$/, '');
      const parameters = objectOf(body._jinja_parameters);
      const candidates = [...templates].filter(([id]) => id.startsWith(type) && !id.endsWith('_monitoring'));
      const matching = candidates.filter(([, template]) => matches(template, parameters, textOf(body.template)));
      assert.equal(matching.length, 1, stack);
      for (const [, template] of matching) {
        const { text, document } = renderGuarded(template, parameters);
        assert.equal(stripped(text), body.template, stack);
        assert.deepEqual(document, renderYaml(template, parameters), stack);
      }
    }
    assert.ok(calls.length > 0);
    context.diagnostic(`${calls.length} templates`);
  });
}

/** Of the templates of a type (existing, new) another one may need parameters that this call has not. */
function matches(template: Template, parameters: JsonObject, expected: string): boolean {
  try {
    return stripped(renderTemplate(template, parameters).text) === expected;
  } catch {
    return false;
  }
}

interface Job {
  readonly id: string;
  readonly resource: string;
  readonly version: Json | undefined;
  readonly action: Json | undefined;
  readonly template: string;
  readonly context: JsonObject;
}

/** The monitoring jobs in order, with the Heat outputs that they name filled in from the stacks. */
function monitoringJobs(): readonly Job[] {
  const outputs = new Map<string, readonly JsonObject[]>();
  const jobs = new Map<string, JsonObject>();
  for (const { key, value } of readLines(`traces/${FIRST_RUN}/events_full.jsonl`)) {
    const name = textOf(key);
    const isStack = name.startsWith('/esi-worker/heat_stacks/');
    if (!isStack && !/^\/jobs\/all\/\w+:monitoring_worker:/.test(name)) continue;
    if (value === null || value === undefined || value === '') continue;
    const record: Json = typeof value === 'string' ? JSON.parse(value) : value;
    if (isStack) outputs.set(textOf(objectOf(record).id), listOf(objectOf(record).output).map(objectOf));
    else jobs.set(name, objectOf(listOf(record)[1]));
  }
  return [...jobs.values()].map((job) => ({
    id: textOf(job.id),
    resource: `${textOf(job.resource_type)}:${textOf(job.resource_id)}`,
    version: job.version,
    action: job.action,
    template: `${textOf(job.resource_type)}_monitoring`,
    context: Object.fromEntries(
      listOf(job.params)
        .map(objectOf)
        .map((param) => [textOf(param.param), param.type === 'value' ? (param.value ?? null) : late(param, outputs)]),
    ),
  }));
}

function late(param: JsonObject, outputs: ReadonlyMap<string, readonly JsonObject[]>): Json {
  const { output_key, resource_type, resource_id } = objectOf(param.value);
  const stack = outputs.get(`${textOf(resource_type)}:${textOf(resource_id)}`) ?? [];
  return stack.find((output) => output.output_key === output_key)?.output_value ?? null;
}

/** What the original posted for an entry: its properties without those that only say when and how to wait. */
const NOT_POSTED = new Set(['type', 'timeout', 'time_between_retries', 'wanted_status', 'kafka_topic']);

test('2017: every recorded monitoring job renders to what was posted for it', {
  skip: skipWithoutShared,
}, (context) => {
  const templates = templatesOf(FIRST_RUN);
  const log = readLines(`traces/${FIRST_RUN}/worker.jsonl`);
  const jobs = monitoringJobs();
  let posts = 0;
  for (const job of jobs) {
    const template = templates.get(job.template);
    assert.ok(template !== undefined, job.id);
    const entries = objectOf(renderYaml(template, job.context));
    if (job.action !== 'create') continue;
    for (const [name, properties] of Object.entries(entries)) {
      if (name === 'db_mappings') continue;
      const post = log
        .filter((line) => line.event === 'kafka_post')
        .map((line) => objectOf(line.data))
        .find(
          (data) => job.resource.endsWith(textOf(data.gohan_id)) && data.name === name && data.version === job.version,
        );
      if (post === undefined) {
        assert.ok(objectOf(properties).type === 'etcd_reader', `${job.id}: nothing was posted for ${name}`);
        continue;
      }
      const posted = Object.entries(objectOf(properties)).filter(([key]) => !NOT_POSTED.has(key));
      assert.deepEqual(Object.fromEntries(posted), withoutPassword(post.properties, properties), job.id);
      posts++;
    }
  }
  assert.equal(jobs.length, 26);
  assert.equal(posts, log.filter((line) => line.event === 'kafka_post').length);
  context.diagnostic(`${jobs.length} jobs, ${posts} posts`);
});

/** Passwords of the log are stand-ins of their own. */
function withoutPassword(posted: Json | undefined, rendered: Json): JsonObject {
  const { password } = objectOf(rendered);
  return 'password' in objectOf(posted) ? { ...objectOf(posted), password: password ?? null } : objectOf(posted);
}
