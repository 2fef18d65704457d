import { startProgram } from './child.ts';
import { median } from './client.ts';
import type { ScaleReport, ScaleRequest } from './scale-application.ts';
import { onEachStore, type StorePlace } from './stores.ts';
import { heading, row } from './table.ts';

const FEW = 1_000;
const MANY = 100_000;
const CHANGES = 500;
const ROUNDS = 7;
const WARM_UP = 2;
const RAW_TRANSACTIONS = 1_000;
/** The bytes of a raw write: as large as a job. */
const RAW_BYTES = 1_000;
const PENDING = 1_000;
/** The largest ratio between the cost of a change among many resources and among few. */
const AIM = 1.5;

/** The cost of many resources: of each change, and of a restart. */
export async function benchScale(): Promise<void> {
  await onEachStore(async (kind, newStore) => {
    heading(`${MANY} resources on ${kind}`, `${FEW}`, `${MANY}`, 'ratio');
    const place = await newStore();
    await costOfChanges(await newStore(), place);
    await restart(place);
  });
}

async function costOfChanges(placeOfFew: StorePlace, placeOfMany: StorePlace): Promise<void> {
  const applications = {
    few: await startApplication(placeOfFew, FEW, 'fill'),
    many: await startApplication(placeOfMany, MANY, 'fill'),
  };
  const measure = async (application: Application, version: number): Promise<Cost> => {
    const changes = await application.ask({ kind: 'change', count: CHANGES, version });
    const raw = await application.ask({ kind: 'raw', count: RAW_TRANSACTIONS, bytes: RAW_BYTES });
    return { ms: changes.ms / CHANGES, cpuMs: changes.cpuMs / CHANGES, rawMs: raw.ms / RAW_TRANSACTIONS };
  };
  const costs: { readonly few: Cost; readonly many: Cost }[] = [];
  // Alternating, so that other load of the machine affects both.
  for (let version = 2; version < 2 + WARM_UP + ROUNDS; version++) {
    costs.push({ few: await measure(applications.few, version), many: await measure(applications.many, version) });
  }
  const line = (name: string, figure: keyof Cost): void => {
    const [few, many] = (['few', 'many'] as const).map((size) =>
      median(costs.slice(WARM_UP).map((cost) => cost[size][figure])),
    );
    row(name, few?.toFixed(3) ?? '', many?.toFixed(3) ?? '', ((many ?? 0) / (few ?? 0)).toFixed(2));
  };
  line(`a change, of ${CHANGES} at once (ms; aim: ratio ≤ ${AIM})`, 'ms');
  line("… Kamado's own share of it (ms of CPU)", 'cpuMs');
  line('a transaction of the store itself (ms)', 'rawMs');
  await applications.few.stop();
  await applications.many.stop();
}

/** Milliseconds of a change, and of a transaction of the store. */
interface Cost {
  readonly ms: number;
  readonly cpuMs: number;
  readonly rawMs: number;
}

async function restart(place: StorePlace): Promise<void> {
  const planner = await startApplication(place, MANY, 'plan');
  await planner.ask({ kind: 'pend', count: PENDING });
  await planner.stop();
  const began = performance.now();
  const application = await startApplication(place, MANY, 'restart');
  row(`restart with ${PENDING} pending jobs: first claim (ms)`, '', (performance.now() - began).toFixed(0), '');
  const { residentBytes } = await application.ask({ kind: 'work' });
  row('… all of them done (ms)', '', (performance.now() - began).toFixed(0), '');
  row('resident memory (MiB)', '', (residentBytes / 1024 ** 2).toFixed(0), '');
  await application.stop();
}

interface Application {
  readonly ask: (request: ScaleRequest) => Promise<ScaleReport>;
  readonly stop: () => Promise<void>;
}

async function startApplication(
  place: StorePlace,
  resources: number,
  start: 'fill' | 'plan' | 'restart',
): Promise<Application> {
  return await startProgram<ScaleReport>('./scale-application.js', {
    KAMADO_BENCH_STORE: place,
    KAMADO_BENCH_RESOURCES: `${resources}`,
    KAMADO_BENCH_START: start,
  });
}
