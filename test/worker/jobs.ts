import type { TestContext } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import type { Runtime } from '../../src/kernel/runtime.ts';
import { encodeJob, type Job } from '../../src/records/job.ts';
import { jobKey } from '../../src/records/keys.ts';
import type { Model } from '../../src/schema/model.ts';
import type { Store } from '../../src/store/store.ts';
import type { Handler, JobTools } from '../../src/worker/handler.ts';
import { startWorker, type Worker } from '../../src/worker/worker.ts';
import { until } from '../support/until.ts';
import { Desk, openStore, workModel } from '../support/work.ts';

/** A store in memory, as the other rooms see it. */
export async function openDesk(t: TestContext): Promise<Desk> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  return desk;
}

export interface Options {
  readonly run: (job: Job, tools: JobTools) => Promise<JsonObject>;
  readonly log?: Log;
  readonly runtime?: Runtime;
  readonly model?: Model;
  /** Handlers beside 'builder'. */
  readonly others?: readonly Handler[];
}

/** Starts a worker with the handler 'builder'. */
export function start(t: TestContext, store: Store, options: Options): Worker {
  const { run, log = silentLog, runtime = systemRuntime, model = workModel, others = [] } = options;
  const handler: Handler = { name: 'builder', canModify: true, run };
  const worker = startWorker({ runtime, log, model, store, handlers: [handler, ...others] });
  t.after(() => worker.close());
  return worker;
}

/** A job that builds a part. */
export function jobOf(id: string, more: Partial<Job> = {}): Job {
  return {
    id: `create:builder:part:${id}:1:abcde`,
    action: 'create',
    handler: 'builder',
    resource_type: 'part',
    resource_id: id,
    version: 1,
    job_name: `part:${id}:1`,
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    dependency: [],
    params: [],
    resource_input: { id },
    ...more,
  };
}

/** Puts a job into the queue, as the controller does. */
export async function ready(desk: Desk, job: Job, attempt = 0): Promise<Job> {
  await desk.store.transact({
    success: [
      { type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt }) },
      { type: 'put', key: jobKey('ready', job.id), value: job.handler },
    ],
  });
  return job;
}

/** The value of a job's finish, once it is there. */
export const finished = (desk: Desk, job: Job): Promise<string> =>
  until(async () => {
    const value = await desk.value(jobKey('finished', job.id));
    return value === undefined ? null : { value };
  }, `${job.id} finished`).then(({ value }) => value);
