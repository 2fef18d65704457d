import { openStore } from './stores.ts';
import { fill, idsFrom, putConfigs, putTemplates, rawTransactionMs, Work } from './work.ts';

/** The requests of the parent to this program. */
export type ScaleRequest =
  | { readonly kind: 'change'; readonly count: number; readonly version: number }
  | { readonly kind: 'raw'; readonly count: number; readonly bytes: number }
  | { readonly kind: 'pend'; readonly count: number }
  | { readonly kind: 'work' };

/** The report: milliseconds of the requested work and of this process's share of it, and its present memory. */
export interface ScaleReport {
  readonly ms: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
}

// A controller and a worker on a store with KAMADO_BENCH_RESOURCES resources. KAMADO_BENCH_START selects the start:
// 'fill' fills the store first, 'plan' has no worker, 'restart' reports when the first job is claimed.
const resources = Number(process.env.KAMADO_BENCH_RESOURCES);
const start = process.env.KAMADO_BENCH_START;
const store = await openStore(process.env.KAMADO_BENCH_STORE ?? '');
if (start === 'fill') {
  await putTemplates(store);
  await fill(store, idsFrom(0, resources));
}
const work = new Work(store);
const claimed = new Promise<void>((resolve) => {
  work.onRun = resolve;
});
if (start !== 'plan') work.startWorker();
if (start === 'restart') await claimed;
report({ ms: 0 });

process.on('message', (request: ScaleRequest | 'stop') => {
  void (request === 'stop' ? end() : answer(request));
});

// The parent has ended.
process.on('disconnect', () => process.exit(1));

async function answer(request: ScaleRequest): Promise<void> {
  const began = { ms: performance.now(), cpu: process.cpuUsage() };
  switch (request.kind) {
    case 'change':
      await work.done(spread(request.count), request.version);
      break;
    case 'raw':
      await rawTransactionMs(store, request.count, request.bytes);
      break;
    case 'pend':
      await putConfigs(store, idsFrom(resources, request.count), 1);
      await work.untilReady(request.count);
      break;
    case 'work':
      await work.idle();
  }
  report(began);
}

/** Ids spread over all resources. */
function spread(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => Math.floor((n * resources) / count)).flatMap((n) => idsFrom(n, 1));
}

async function end(): Promise<void> {
  await work.close();
  await store.close();
  process.exit(0);
}

function report(began: { readonly ms: number; readonly cpu?: NodeJS.CpuUsage }): void {
  const { user, system } = process.cpuUsage(began.cpu);
  const report: ScaleReport = {
    ms: performance.now() - began.ms,
    cpuMs: (user + system) / 1000,
    residentBytes: process.memoryUsage.rss(),
  };
  process.send?.(report);
}
