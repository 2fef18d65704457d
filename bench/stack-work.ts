import { systemRuntime } from '../src/app/process/index.ts';
import { silentLog } from '../src/kernel/index.ts';
import { decodeState, encodeConfig, encodeJob, type Job, jobKey, resourceKey } from '../src/records/index.ts';
import { compileModel, type Model } from '../src/schema/index.ts';
import type { StackEngine } from '../src/southbound/stack/index.ts';
import { oneKey, type Store } from '../src/store/index.ts';
import { heatWorker, startWorker, type Worker } from '../src/worker/index.ts';
import { openStore } from '../test/support/work.ts';

/** A stack of one resource that takes a given time. */
export const stackTemplate = `heat_template_version: 2015-04-30
parameters:
  value: { type: string }
  wait_secs: { type: number }
resources:
  thing:
    type: OS::Heat::TestResource
    properties: { value: { get_param: value }, wait_secs: { get_param: wait_secs } }
outputs:
  value: { value: { get_attr: [thing, output] } }
`;

const text = { type: 'string' };
const model: Model = compileModel(
  (['thing', 'heat_template'] as const).map((id) => ({
    ...{ id, singular: id, plural: `${id}s`, prefix: '/v2.0', title: id },
    metadata: id === 'thing' ? { state_versioning: true, template_path: 'Cthing' } : {},
    schema: { type: 'object', properties: { id: { ...text, unique: true }, template_file: text } },
  })),
);
const [things = '', templates = ''] = [...model.types.values()].map(({ url }) => url);

/** A worker with only heat_worker, on a store in memory. */
export class StackWork {
  readonly #store: Store;
  readonly #worker: Worker;

  static async start(engine: StackEngine): Promise<StackWork> {
    const store = await openStore();
    const body = JSON.stringify({ id: 'thing', template_file: stackTemplate });
    const value = encodeConfig(body, 1, false);
    await store.transact({ success: [{ type: 'put', key: resourceKey('config', templates, 'thing'), value }] });
    return new StackWork(store, engine);
  }

  private constructor(store: Store, engine: StackEngine) {
    this.#store = store;
    const handlers = [heatWorker(systemRuntime, engine)];
    this.#worker = startWorker({ runtime: systemRuntime, log: silentLog, model, store, handlers });
  }

  /** Queues a job for each, and resolves when the last of their states is written. Throws if one is an error. */
  async done(ids: readonly string[], waitSeconds: number): Promise<void> {
    const states = ids.map((id) => this.#state(id));
    for (const id of ids) {
      const job = jobOf(id, waitSeconds);
      await this.#store.transact({
        success: [
          { type: 'put', key: jobKey('all', job.id), value: encodeJob({ job, attempt: 0 }) },
          { type: 'put', key: jobKey('ready', job.id), value: job.handler },
        ],
      });
    }
    await Promise.all(states);
  }

  #state(id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const watch = this.#store.watch(
        oneKey(resourceKey('state', things, id)),
        {},
        {
          onEvents: ([event]) => {
            watch.close();
            const error = event?.type === 'put' ? decodeState(event.entry.value)?.error : 'it was removed';
            if (error === '') resolve();
            else reject(new Error(error));
          },
          onCompacted: () => {},
        },
      );
    });
  }

  async close(): Promise<void> {
    await this.#worker.close();
    await this.#store.close();
  }
}

function jobOf(id: string, waitSeconds: number): Job {
  const name = `thing:${id}:1`;
  const params = { value: id, wait_secs: waitSeconds };
  return {
    ...{ id: `create:heat_worker:${name}:aaaaa`, action: 'create', handler: 'heat_worker', job_name: name, version: 1 },
    ...{ resource_type: 'thing', resource_id: id, resource_input: { id, tenant_id: 'bench' }, dependency: [] },
    ...{ is_first: true, is_last: true, on_failure: 'fail' },
    params: Object.entries(params).map(([param, value]) => ({ param, type: 'value', value, resources: [] })),
  };
}
