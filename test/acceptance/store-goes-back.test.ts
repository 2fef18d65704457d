import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Disposables } from '../../src/app/disposables.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { openPostgresDriver } from '../../src/database/postgres/postgres-driver.ts';
import { silentLog } from '../../src/kernel/log.ts';
import { openEtcdStore } from '../../src/store/etcd/etcd-store.ts';
import { withPrefix } from '../../src/store/store.ts';
import { Random } from '../simulation/random.ts';
import { etcdStartable, startEtcd, type TestEtcd } from '../support/etcd.ts';
import { shared } from '../support/extent.ts';
import { postgresStartable, startPostgres } from '../support/postgres.ts';
import { freePort } from '../support/programs.ts';
import { needs } from '../support/services.ts';
import { startProgram } from './components.ts';
import { loadTypes, writeLoadCatalog } from './kill-under-load-catalog.ts';
import { LoadClient, type Promised } from './kill-under-load-clients.ts';
import { assertPromises } from './kill-under-load-end.ts';
import { Fleet } from './kill-under-load-fleet.ts';
import { loadWorker } from './kill-under-load-worker.ts';
import { startProcess } from './processes.ts';
import { type Rest, restOf, textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, type Kept, keysAbout, untilIdle } from './traces-left.ts';

const SEED = Number(process.env.KAMADO_REWIND_SEED ?? 1);
const REWINDS = Number(process.env.KAMADO_REWINDS ?? 3);
const CLIENTS = 4;
/** How long there is load before a copy is made. */
const BEFORE_MS = 600;
/** How long there is load whose traces are lost: within the lease of a leader, and beyond it. */
const LOST_MS = [400, 0, 4_000, 1_200, 150];

/** What runs while etcd goes back to an older state. */
interface Ground {
  readonly rest: Rest;
  readonly kept: Kept;
  readonly etcd: TestEtcd;
  readonly logs: () => string;
}

const services = { ...needs('etcd', etcdStartable()), ...needs('postgresql', postgresStartable()) };

describe('etcd goes back to an older copy', services, () => {
  /** A test on an etcd, a database and a catalogue of its own. */
  const rewinding = (name: string, start: Start, work: (ground: Ground) => Promise<void>): void => {
    test(name, async () => {
      const parts = new Disposables(systemRuntime);
      try {
        const folder = await mkdtemp(join(tmpdir(), 'kamado-goes-back-'));
        parts.keep({ close: () => rm(folder, { recursive: true, force: true }) });
        // It starts within the lease of a leader, which so goes on with what it remembers.
        const etcd = await startEtcd({ args: ['--heartbeat-interval', '10', '--election-timeout', '60'] });
        parts.keep({ close: () => etcd.stop() });
        const postgres = await startPostgres();
        parts.keep({ close: () => postgres.stop() });
        const database = await postgres.createDatabase();
        const settings = { etcd: etcd.endpoint, database, catalog: await writeLoadCatalog(folder) };
        const started = await start(parts, settings, folder);
        const store = await openEtcdStore({ runtime: systemRuntime, log: silentLog, endpoints: [etcd.endpoint] });
        parts.keep(store);
        const driver = parts.keep(await openPostgresDriver(systemRuntime, silentLog, database));
        await work({ ...started, kept: { store, driver }, etcd });
      } finally {
        await parts.close();
      }
    });
  };

  rewinding('one process, at a quiet moment', startOne, goBackQuietly);
  for (const [name, start] of shared(
    [
      ['one process', startOne],
      ['a process for each component', startFleet],
    ] as const,
    2,
  )) {
    rewinding(`${name}, under load, seed ${SEED}`, start, goBackUnderLoad);
  }
});

type Start = (parts: Disposables, settings: Settings, folder: string) => Promise<Pick<Ground, 'rest' | 'logs'>>;

/** Everything but the worker in one process. */
async function startOne(...[parts, settings, folder]: Parameters<Start>): ReturnType<Start> {
  const kamado = await startProcess(settings);
  parts.keep({ close: () => kamado.kill() });
  const worker = await startProgram('worker', [loadWorker, join(folder, 'ledger')], settings);
  parts.keep({ close: () => worker.kill() });
  const logs = () => `${kamado.log().slice(-6_000)}\n== worker\n${worker.log().slice(-2_000)}`;
  return { rest: kamado.rest, logs };
}

/** Each component in a process of its own, most of them more than once. */
async function startFleet(...[parts, settings, folder]: Parameters<Start>): ReturnType<Start> {
  const port = await freePort();
  const fleet = parts.keep(new Fleet({ ...settings, port: `${port}` }, join(folder, 'ledger')));
  await fleet.start();
  return { rest: restOf(port), logs: () => fleet.logs() };
}

interface Settings {
  readonly etcd: string;
  readonly database: string;
  readonly catalog: string;
}

/** Lets clients write while etcd goes back again and again; each time, all that was answered must hold in the end. */
async function goBackUnderLoad(ground: Ground): Promise<void> {
  const { rest, kept, etcd, logs } = ground;
  const promised: Promised[] = [];
  for (let round = 0; round < REWINDS; round++) {
    const stopped = new AbortController();
    const clients = Array.from({ length: CLIENTS }, (_, n) => {
      return new LoadClient(rest, new Random(SEED, `client ${round} ${n}`));
    });
    const running = Promise.all(clients.map((client) => client.run(stopped.signal)));
    await pause(BEFORE_MS);
    await etcd.save();
    // All components see something of what is lost.
    const { id } = await rest.create('/v2.0/notes', { name: 'lost' });
    await untilStatus(rest, `/v2.0/notes/${textOf(id)}`, 'ACTIVE');
    await pause(LOST_MS[(round + SEED) % LOST_MS.length]);
    await etcd.goBack();
    await pause(round % 2 === 0 ? 0 : BEFORE_MS);
    stopped.abort();
    await running;
    promised.push(...clients.flatMap((client) => client.promised));
    promised.push({ type: 'note', id: textOf(id), baseId: null, name: 'lost', fails: false, deleted: false });
    await assertPromises(rest, kept, promised).catch((error: unknown) => {
      throw new Error(`seed ${SEED}, round ${round}\n${logs()}`, { cause: error });
    });
  }
}

const BASES = '/v2.0/bases';

/** Nothing is written when etcd goes back, nor after that: what is lost comes again by itself. */
async function goBackQuietly({ rest, kept, etcd, logs }: Ground): Promise<void> {
  const create = async (name: string): Promise<string> => {
    const id = textOf((await rest.create(BASES, { name })).id);
    await untilStatus(rest, `${BASES}/${id}`, 'ACTIVE');
    return id;
  };
  for (let round = 0; round < REWINDS; round++) {
    try {
      const [changed, removed] = [await create('changed'), await create('removed')];
      await untilIdle(kept);
      await etcd.save();
      const lost = await create('lost');
      await rest.call('PATCH', `${BASES}/${changed}`, { base: { name: 'anew' } });
      await untilStatus(rest, `${BASES}/${changed}`, 'ACTIVE');
      await rest.call('DELETE', `${BASES}/${removed}`);
      await until('404', async () => (await rest.get(`${BASES}/${removed}`)) === null);
      await untilIdle(kept);
      const reported = await watchStore(rest);
      await etcd.goBack();
      await until('the store is as the database', () => consistently(kept), 60_000);
      assert.deepEqual(await keysAbout(kept.store, removed), []);
      await until('those who watch are told', reported);
      await create('after');
      assert.ok((await rest.timeline('base', lost)).length > 0);
      assert.equal((await rest.get(`${BASES}/${changed}`))?.name, 'anew');
    } catch (error) {
      throw new Error(`round ${round}\n${logs()}`, { cause: error });
    }
  }
}

/** Whether nothing is left to do, and the store and the database say the same. */
async function consistently(kept: Kept): Promise<boolean> {
  try {
    await assertConsistent(kept, loadTypes);
    const { count } = await kept.store.get(withPrefix('/jobs/'), { limit: 1 });
    return count === 0;
  } catch {
    return false;
  }
}

/** Watches the store as a client. The function that it returns tells whether the client was told to list again. */
async function watchStore(rest: Rest): Promise<() => boolean> {
  let text = '';
  const lines = await rest.follow('/kamado/v1/store/watch?prefix=/config/');
  void (async () => {
    for await (const chunk of lines) text += chunk;
  })().catch(() => undefined);
  return () => text.includes('"type":"compacted"');
}
