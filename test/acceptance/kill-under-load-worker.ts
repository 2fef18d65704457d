import { fileURLToPath } from 'node:url';
import { createLog } from '../../src/app/process/log.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { followModel } from '../../src/app/published-model.ts';
import { sleep } from '../../src/kernel/runtime.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { signed } from '../../src/store/signed.ts';
import type { Handler } from '../../src/worker/handler.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { Random } from '../simulation/random.ts';
import { loadHandlers } from './kill-under-load-catalog.ts';
import { type LedgerLine, writeLine } from './kill-under-load-ledger.ts';

/** This program, a worker room whose handlers take their time and note what they do: `node <this> <ledger>`. */
export const loadWorker = fileURLToPath(import.meta.url);
export const FAILURE = 'it fails by design';

const SHORTEST_MS = 10;
const LONGEST_MS = 500;

if (process.argv[1] === loadWorker) await main(process.argv[2] ?? '');

async function main(ledger: string): Promise<void> {
  const runtime = systemRuntime;
  const log = createLog('info');
  // Timers of the runtime don't keep a process alive: while etcd is away, something must.
  setInterval(() => {}, 60_000);
  const store = await openEtcdStore({ runtime, log, endpoints: [process.env.KAMADO_ETCD ?? ''] });
  const handlers = Object.entries(loadHandlers).map(([name, canModify]) => handler(name, canModify, ledger));
  const onModel: Parameters<typeof followModel>[1] = (model) => {
    startWorker({ runtime, log, model, handlers, store: signed(store, runtime, 'worker') });
    process.stdout.write('worker runs\n');
  };
  // It ends when it is killed.
  await followModel({ runtime, log, store }, onModel, new AbortController().signal);
}

function handler(name: string, canModify: boolean, ledger: string): Handler {
  return {
    name,
    canModify,
    run: async (job, { runtime, attempt, signal }) => {
      const note = (event: LedgerLine['event']): void => {
        const { id: jobId, resource_type: type, resource_id: id, version, is_last: isLast } = job;
        const timeMs = runtime.nowMs();
        writeLine(ledger, { jobId, type, id, version, isLast, attempt, event, pid: process.pid, timeMs });
      };
      note('begin');
      await sleep(runtime, new Random(attempt, job.id).between(SHORTEST_MS, LONGEST_MS), signal);
      const builds = job.action === 'create' || job.action === 'modify';
      const fails = builds && job.resource_input.fails === true;
      note(signal.aborted ? 'stopped' : fails ? 'failed' : 'done');
      if (signal.aborted || fails) throw new Error(FAILURE);
      return { [name]: `version ${job.version}` };
    },
  };
}
