import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { kamadoError } from '../../src/kernel/errors.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { silentLog } from '../../src/kernel/log.ts';
import type { Runtime } from '../../src/kernel/runtime.ts';
import type { Job, JobAction } from '../../src/records/job.ts';
import type { JobTools } from '../../src/worker/handler.ts';
import { monitoringWorker } from '../../src/worker/monitoring/monitoring-worker.ts';
import { Desk, openStore, workModel } from '../support/work.ts';

/** The monitoring worker on a store, with a template of the test's. */
export interface Monitoring {
  readonly desk: Desk;
  /** Runs a job of the look 'l' whose template is `template_file`, with these parameters. */
  readonly run: (template_file: string, parameters?: JsonObject, action?: JobAction) => Promise<JsonObject>;
  /** Ends what runs, as the loss of a claim does. */
  readonly stop: () => void;
  /** How many waits hold no slot now. */
  readonly outside: () => number;
}

export async function monitoring(t: TestContext, runtime: Runtime = systemRuntime): Promise<Monitoring> {
  const desk = new Desk(await openStore());
  t.after(() => desk.store.close());
  const over = new AbortController();
  let outside = 0;
  const tools = (template_file: string | null): JobTools => ({
    runtime,
    log: silentLog,
    model: workModel,
    store: desk.store,
    attempt: 0,
    failures: 0,
    stateForm: '2018',
    keepStack: () => assert.fail('monitoring has no stack'),
    template: () => {
      if (template_file === null) throw kamadoError('TEMPLATE_NOT_FOUND', { template: 'look', type: 'look' });
      return { id: 'look', template_file };
    },
    signal: over.signal,
    releaseSlot: async (wait) => {
      outside++;
      try {
        return await wait();
      } finally {
        outside--;
      }
    },
  });
  return {
    desk,
    run: (template_file, parameters = {}, action = 'create') =>
      monitoringWorker.run(jobOf(action, parameters), tools(template_file)),
    stop: () => over.abort(),
    outside: () => outside,
  };
}

function jobOf(action: JobAction, parameters: JsonObject): Job {
  return {
    id: `${action}:looker:look:l:1:abcde`,
    action,
    handler: 'looker',
    resource_type: 'look',
    resource_id: 'l',
    version: 1,
    job_name: 'look:l:1',
    is_first: true,
    is_last: true,
    on_failure: 'fail',
    dependency: [],
    params: Object.entries(parameters).map(([param, value]) => ({ param, type: 'value', value, resources: [] })),
    resource_input: { id: 'l' },
  };
}
