import type { TestContext } from 'node:test';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../../src/kernel/json.ts';
import { type Log, silentLog } from '../../../src/kernel/log.ts';
import type { Runtime } from '../../../src/kernel/runtime.ts';
import { encodeConfig } from '../../../src/records/config-record.ts';
import { decodeFinished, type Job, type JobAction } from '../../../src/records/job.ts';
import { type Family, resourceKey } from '../../../src/records/keys.ts';
import { compileModel } from '../../../src/schema/compile-model.ts';
import type { StateForm } from '../../../src/schema/model.ts';
import type { StackEngine } from '../../../src/southbound/stack/stack.ts';
import type { JobTools } from '../../../src/worker/handler.ts';
import { heatWorker } from '../../../src/worker/heat/heat-worker.ts';
import { startWorker } from '../../../src/worker/worker.ts';
import { fastRuntime } from '../../support/fast-runtime.ts';
import { Desk, openStore } from '../../support/work.ts';
import { finished, jobOf, ready } from '../jobs.ts';

/** A minute of a job's time is over in 0.6 s. */
const HURRY = 100;

const text = { type: 'string', permission: ['create', 'update'] };

function modelOf(stateForm: StateForm, retry: JsonObject | null) {
  const handler = { handler: 'heat_worker', template: 'Cpart', state_form: stateForm, ...(retry && { retry }) };
  const type = (id: string, properties: JsonObject, metadata: JsonObject): JsonObject => ({
    ...{ id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id, metadata },
    schema: { type: 'object', properties: { id: { ...text, unique: true }, ...properties } },
  });
  return compileModel([
    type('part', { name: text, password: { ...text, secret: true } }, { state_versioning: true, handlers: [handler] }),
    type('heat_template', { template_file: text, parameter_mappings: { type: 'object' }, handler: text }, {}),
  ]);
}

const usualTemplate = `heat_template_version: 2015-04-30
parameters:
  name: { type: string }
resources:
  {{ jinja_name }}: { type: OS::Heat::None }
`;

/** A worker with an engine, and what is looked at and put before it. */
export interface HeatDesk {
  readonly desk: Desk;
  /** Queues a job and gives the errors that it ended with. */
  readonly run: (job?: Partial<Job>, params?: JsonObject, attempt?: number) => Promise<readonly string[]>;
  /** The JSON value of one of the part's keys; undefined where there is none. */
  readonly value: (family: Family, id?: string) => Promise<Json | undefined>;
  readonly template: (template_file: string, parameter_mappings?: JsonObject) => Promise<void>;
}

export interface HeatDeskOptions {
  readonly stateForm?: StateForm;
  readonly retry?: JsonObject | null;
  readonly runtime?: Runtime;
  readonly log?: Log;
  /** Changes the handler's tools. */
  readonly tools?: (tools: JobTools) => JobTools;
}

export async function heatDesk(t: TestContext, engine: StackEngine, options: HeatDeskOptions = {}): Promise<HeatDesk> {
  const { stateForm = '2018', retry = null, runtime = fastRuntime(HURRY), log = silentLog } = options;
  const { tools: changed = (tools) => tools } = options;
  const desk = new Desk(await openStore());
  const model = modelOf(stateForm, retry);
  const urlOf = (type: string) => model.types.get(type)?.url ?? '';
  const handler = heatWorker(runtime, engine);
  const handlers = [{ ...handler, run: (job: Job, tools: JobTools) => handler.run(job, changed(tools)) }];
  const worker = startWorker({ runtime, log, model, store: desk.store, handlers });
  t.after(async () => {
    await worker.close();
    await desk.store.close();
  });
  const template = async (template_file: string, parameter_mappings: JsonObject = { name: 'Pname' }): Promise<void> => {
    const body = { id: 'part', handler: 'heat_worker', template_file, parameter_mappings };
    const key = resourceKey('config', urlOf('heat_template'), 'part');
    await desk.store.transact({ success: [{ type: 'put', key, value: encodeConfig(JSON.stringify(body), 1, false) }] });
  };
  await template(usualTemplate, { name: 'Pname', jinja_name: 'Pname', password: 'Ppassword' });
  let jobs = 0;
  return {
    desk,
    template,
    run: async (more = {}, params = { name: 'n', jinja_name: 'it' }, attempt = 0) => {
      const job = heatJob(`${++jobs}`.padStart(5, 'a'), params, more);
      return decodeFinished(await finished(desk, await ready(desk, job, attempt)));
    },
    value: async (family, id = 'x') => {
      const value = await desk.value(resourceKey(family, urlOf('part'), id));
      return value === undefined ? undefined : parseJson(value);
    },
  };
}

function heatJob(suffix: string, params: JsonObject, more: Partial<Job>): Job {
  const action: JobAction = more.action ?? 'create';
  const { version = 1, resource_id: id = 'x' } = more;
  const name = `part:${id}:${version}`;
  return jobOf(id, {
    id: `${action}:heat_worker:${name}:${suffix}`,
    action,
    handler: 'heat_worker',
    job_name: name,
    version,
    resource_input: { id, tenant_id: 'p', name: 'n' },
    params: Object.entries(params).map(([param, value]) => {
      const { type = 'value', value: inner = value } = isJsonObject(value) ? value : {};
      const kind = type === 'output_key' || type === 'list' ? type : 'value';
      return { param, type: kind, value: kind === 'value' ? value : inner, resources: [] };
    }),
    ...more,
  });
}
