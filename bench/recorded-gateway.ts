import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCatalog } from '../src/catalog/index.ts';
import { Names, readScenario, readWorkerRun } from '../src/replay/index.ts';
import { startApplicationHere } from '../test/acceptance/application-here.ts';
import { PlayedRun } from '../test/acceptance/played-run/played-run.ts';
import { RecordedCloud, type StackWait } from '../test/acceptance/played-run/recorded-cloud.ts';
import { writeRunCatalog } from '../test/acceptance/played-run/run-catalog.ts';
import { untilIdle } from '../test/acceptance/traces-left.ts';
import { traces } from '../test/schema/recordings.ts';
import { median } from './client.ts';
import { heading, row } from './table.ts';

const RUN = join(traces, '2018_vpn_gateway');
const ROUNDS = 5;
const WARM_UP = 1;
/**
 * The seconds of the original, and the part of them that was spent neither in Heat, nor in calls to it, nor in
 * monitoring (compatibility W8).
 */
const original = { whole: 756.16, heat: 123.14, heatCalls: 19.15, own: 6.6 };
/** The largest number of seconds for Kamado's own part. */
const AIM = 2;

/** The seconds of one run. */
interface Played {
  readonly whole: number;
  /** The time of waiting for stacks: from the answer to a call to the read that showed it complete. */
  readonly stacks: number;
  /** The CPU time of this process: the application, and its client, collector and Heat. */
  readonly cpu: number;
}

/**
 * The recorded VPN gateway in one process: 20 requests, 28 resources, 22 stacks. The simulated Heat completes a stack
 * before it is read, and the simulated collector reports each observation as soon as it can be made. So the time is
 * Kamado's, together with that of client, collector and simulated Heat, which run in the same process.
 */
export async function benchRecordedGateway(): Promise<void> {
  if (!existsSync(RUN)) {
    heading(`The recorded VPN gateway: there are no recordings at ${RUN}`);
    return;
  }
  const folder = mkdtempSync(join(tmpdir(), 'kamado-bench-'));
  try {
    const played: Played[] = [];
    for (let round = 0; round < WARM_UP + ROUNDS; round++) played.push(await playOnce(folder));
    show(played.slice(WARM_UP), played[0]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function playOnce(folder: string): Promise<Played> {
  const scenario = await readScenario(RUN);
  const catalog = await writeRunCatalog(folder, scenario);
  const { model } = await loadCatalog(catalog);
  const names = new Names();
  const cloud = await RecordedCloud.start(await readWorkerRun(RUN), { names, isQuick: true });
  const dataDir = mkdtempSync(join(folder, 'data-'));
  const application = await startApplicationHere({ dataDir, catalog }, undefined, cloud.environment);
  try {
    await untilIdle(application);
    const run = new PlayedRun(scenario, { ...application, model, cloud, names });
    const [began, cpu] = [performance.now(), process.cpuUsage()];
    await run.play();
    const ended = performance.now();
    const { user, system } = process.cpuUsage(cpu);
    const { length } = run.differences();
    if (length > 0) throw new Error(`${length} things are not as they were recorded`);
    return { whole: (ended - began) / 1_000, stacks: unionMs(cloud.waits) / 1_000, cpu: (user + system) / 1_000_000 };
  } finally {
    await application.close();
    await cloud.close();
  }
}

/** The time during which at least one of them lasted. */
function unionMs(waits: readonly StackWait[]): number {
  let [sum, until] = [0, Number.NEGATIVE_INFINITY];
  for (const { fromMs, toMs } of [...waits].sort((a, b) => a.fromMs - b.fromMs)) {
    sum += Math.max(0, toMs - Math.max(fromMs, until));
    until = Math.max(until, toMs);
  }
  return sum;
}

function show(played: readonly Played[], first: Played | undefined): void {
  const of = (figure: (one: Played) => number): number => median(played.map(figure));
  heading(`The recorded VPN gateway (median of ${played.length}, s)`, 'original', 'Kamado', 'aim');
  row('first request to last status', original.whole.toFixed(2), of(({ whole }) => whole).toFixed(2), '');
  row(
    '… Heat: from a call to the look that shows it done',
    original.heat.toFixed(2),
    of(({ stacks }) => stacks).toFixed(2),
    '',
  );
  row('… own', original.own.toFixed(2), of(ownOf).toFixed(2), `${AIM}`);
  row('… own, with the calls to Heat', (original.own + original.heatCalls).toFixed(2), of(ownOf).toFixed(2), '');
  row('CPU, with that of client, collector and Heat’s double', '', of(({ cpu }) => cpu).toFixed(2), '');
  if (first !== undefined) row('… own, of a process that has just started', '', ownOf(first).toFixed(2), `${AIM}`);
}

function ownOf({ whole, stacks }: Played): number {
  return whole - stacks;
}
