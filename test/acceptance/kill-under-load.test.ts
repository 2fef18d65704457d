import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Disposables } from '../../src/app/disposables.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { Random } from '../simulation/random.ts';
import { etcdStartable, startEtcd } from '../support/etcd.ts';
import { postgresStartable, startPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { writeLoadCatalog } from './kill-under-load-catalog.ts';
import { LoadClient, type Promised } from './kill-under-load-clients.ts';
import { assertFinalStates, assertPromises } from './kill-under-load-end.ts';
import { Fleet } from './kill-under-load-fleet.ts';
import { assertAtLeastOnce, readExecutions } from './kill-under-load-ledger.ts';
import { claimsBackMs, failOversMs, LONGEST_FAIL_OVER_MS } from './kill-under-load-times.ts';
import { Observer } from './kill-under-load-watch.ts';
import { type Rest, restOf } from './rest.ts';
import type { Kept } from './traces-left.ts';

const KILLS = Number(process.env.KAMADO_KILLS ?? 15);
const SEED = Number(process.env.KAMADO_KILL_SEED ?? 1);
const CLIENTS = 6;
const BETWEEN_KILLS_MS = { from: 500, to: 1_500 };
/** Twice what is promised (compatibility J6). */
const CLAIM_BACK_MS = 22_000;

const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };

describe('kill -9 of rooms under load, on etcd and PostgreSQL', services, () => {
  test(`${KILLS} rooms, seed ${SEED}`, async (context) => {
    const parts = new Disposables(systemRuntime);
    try {
      const ground = await prepareGround(parts);
      await killUnderLoad(context, ground).catch((error: unknown) => {
        const command = `KAMADO_KILLS=${KILLS} KAMADO_KILL_SEED=${SEED} npm test -- kill-under-load`;
        throw new Error(`${command}\n${ground.fleet.logs()}`, { cause: error });
      });
    } finally {
      await parts.close();
    }
  });
});

/** What the load runs on, and who sees what happens there. */
interface Ground {
  readonly rest: Rest;
  readonly kept: Kept;
  readonly fleet: Fleet;
  readonly observer: Observer;
  /** The file that handlers write. */
  readonly ledger: string;
}

async function prepareGround(parts: Disposables): Promise<Ground> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-kills-'));
  parts.keep({ close: () => rm(folder, { recursive: true, force: true }) });
  const etcd = await startEtcd();
  parts.keep({ close: () => etcd.stop() });
  const postgres = await startPostgres();
  parts.keep({ close: () => postgres.stop() });
  const database = await postgres.createDatabase();
  const store = parts.keep(await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] }));
  const driver = parts.keep(await openPostgresDriver(systemRuntime, silentLog, database));
  const port = await freePort();
  const ledger = join(folder, 'ledger');
  const settings = { etcd: etcd.endpoint, database, catalog: await writeLoadCatalog(folder), port: `${port}` };
  const observer = parts.keep(new Observer(store));
  const fleet = parts.keep(new Fleet(settings, ledger));
  return { rest: restOf(port), kept: { store, driver }, fleet, observer, ledger };
}

async function killUnderLoad(context: TestContext, ground: Ground): Promise<void> {
  const { rest, kept, fleet, observer } = ground;
  await fleet.start();
  const promised = await loadAndKill(rest, fleet);
  await assertPromises(rest, kept, promised);
  fleet.check();
  observer.assertComplete();
  observer.assertFinishedOnce();
  const executions = readExecutions(ground.ledger, new Map(fleet.kills.map(({ pid, timeMs }) => [pid, timeMs])));
  assertAtLeastOnce(executions);
  await assertFinalStates(kept, promised, executions);
  const { length: kills } = fleet.kills;
  const { length: interrupted } = executions.filter(({ outcome }) => outcome === 'killed');
  assert.ok(interrupted > 0 || KILLS < 30, 'no kill met a handler at work');
  context.diagnostic(
    `${kills} kills, ${promised.length} resources, ${executions.length} runs of handlers, ${interrupted} of them killed`,
  );
  assertTimes(
    context,
    'fail-overs of controllers',
    failOversMs('controller', fleet.kills, observer),
    LONGEST_FAIL_OVER_MS,
  );
  assertTimes(context, 'fail-overs of syncs', failOversMs('sync', fleet.kills, observer), LONGEST_FAIL_OVER_MS);
  assertTimes(
    context,
    'lost claims, until ready again',
    claimsBackMs(executions, fleet.kills, observer),
    CLAIM_BACK_MS,
  );
}

/** Puts the rooms under load and kills them, one after the other; resolves when everything asked is answered. */
async function loadAndKill(rest: Rest, fleet: Fleet): Promise<readonly Promised[]> {
  const stopped = new AbortController();
  const clients = Array.from({ length: CLIENTS }, (_, n) => new LoadClient(rest, new Random(SEED, `client ${n}`)));
  const kill = async (): Promise<void> => {
    const random = new Random(SEED, 'kills');
    while (fleet.kills.length < KILLS && !stopped.signal.aborted) {
      await pause(random.between(BETWEEN_KILLS_MS.from, BETWEEN_KILLS_MS.to));
      await fleet.killOne(random);
    }
    await fleet.complete();
  };
  const parts = [...clients.map((client) => client.run(stopped.signal)), kill()];
  const results = await Promise.allSettled(parts.map((part) => part.finally(() => stopped.abort())));
  for (const result of results) if (result.status === 'rejected') throw result.reason;
  return clients.flatMap((client) => client.promised);
}

function assertTimes(context: TestContext, what: string, timesMs: readonly number[], mostMs: number): void {
  const sorted = [...timesMs].sort((a, b) => a - b);
  const [middle, longest] = [sorted[Math.floor(sorted.length / 2)] ?? 0, sorted.at(-1) ?? 0];
  context.diagnostic(`${what}: ${sorted.length}, median ${middle.toFixed(0)} ms, longest ${longest.toFixed(0)} ms`);
  assert.ok(longest <= mostMs, `${what}: ${longest} ms`);
}
