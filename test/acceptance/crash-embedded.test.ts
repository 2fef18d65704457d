import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { JsonObject } from '../../src/kernel/json.ts';
import { extentText, shareOf } from '../support/extent.ts';
import { type ApplicationHere, startApplicationHere } from './application-here.ts';
import type { CrashAt } from './crash-points.ts';
import { startLabRouters } from './lab-routers.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { createEdgeRouters } from './reference.ts';
import { type Answer, objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, keysAbout, untilIdle } from './traces-left.ts';

const HA = '/v2.0/ha_routers';
/** Crashes that are tried at a time. */
const LANES = 2;
/** The points that are tried, counted from 0. */
const points = shareOf(4);
/** Without any commit for this long a house that just started has come to rest. */
const REST_MS = 40;

/** A request that is cut off by the end of the process: the answer, or null where none came. */
type Attempt = (rest: Rest) => Promise<Answer>;

describe('kill -9 before and after every commit, on the embedded store and SQLite', () => {
  let folder = '';
  /** Data folders that each crash begins with a copy of. */
  const prepared = { post: '', remove: '' };
  let haRouter: JsonObject = {};
  let removed = '';

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kamado-crash-'));
    prepared.post = join(folder, 'edge-routers');
    prepared.remove = join(folder, 'ha-router');
    const lab = await startLabRouters(2);
    try {
      await inApplication(prepared.post, async ({ rest }) => {
        const [primary = '', secondary = ''] = await createEdgeRouters(rest, lab.fields);
        haRouter = { name: 'crash', primary_router_id: primary, secondary_router_id: secondary };
      });
    } finally {
      await lab.close();
    }
    await cp(prepared.post, prepared.remove, { recursive: true });
    await inApplication(prepared.remove, async ({ rest }) => {
      removed = textOf((await rest.create(HA, haRouter)).id);
      await untilStatus(rest, `${HA}/${removed}`, 'ACTIVE');
    });
  });
  after(() => rm(folder, { recursive: true, force: true }));

  test('POST: the HA router becomes ACTIVE, nothing is left, no write is lost', async (context) => {
    const passed = await everyPoint(prepared.post, (rest) => rest.call('POST', HA, { ha_router: haRouter }), {
      done: async (rest) => (await list(rest)).some((router) => router.status === 'ACTIVE'),
      verify: (application, answer) => verifyPost(application, answer, haRouter),
    });
    context.diagnostic(`${passed} points; ${extentText}`);
  });

  test('DELETE: the HA router is gone everywhere', async (context) => {
    const url = `${HA}/${removed}`;
    const passed = await everyPoint(prepared.remove, (rest) => rest.call('DELETE', url), {
      done: async (rest) => (await rest.get(url)) === null,
      verify: (application, answer) => verifyDelete(application, answer, removed),
    });
    context.diagnostic(`${passed} points; ${extentText}`);
  });

  interface Way {
    /** Whether what was asked for has come about. */
    readonly done: (rest: Rest) => Promise<boolean>;
    /** Looks at a house that was started again after the end. */
    readonly verify: (application: ApplicationHere, answer: Answer | null) => Promise<void>;
  }

  /** Tries the way with a crash at each point in turn, until it comes to its end without one. Returns how many it has. */
  async function everyPoint(from: string, attempt: Attempt, way: Way): Promise<number> {
    let begun = 0;
    let last = Number.POSITIVE_INFINITY;
    const nextPoint = (): number => 1 + points.first + begun++ * points.step;
    const lane = async (): Promise<void> => {
      for (let nth = nextPoint(); nth <= last; nth = nextPoint()) {
        if (!(await crashOnce(from, { nth }, attempt, way))) last = Math.min(last, nth - 1);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    assert.ok(last >= 14, `only ${last} points`);
    return last;
  }

  /** One run on a copy of the data, and what is found afterwards. False where the way was over before the point. */
  async function crashOnce(from: string, at: CrashAt, attempt: Attempt, way: Way): Promise<boolean> {
    const dataDir = await mkdtemp(join(folder, 'run-'));
    await cp(from, dataDir, { recursive: true });
    const victim = await startProcess({ dataDir, logLevel: 'warn' });
    const { answer, crashed, passed } = await runUntilCrash(victim, at, attempt, way);
    try {
      await inApplication(dataDir, (application) => way.verify(application, answer));
    } catch (error) {
      throw new Error(`after a crash at ${JSON.stringify(at)}`, { cause: error });
    }
    await rm(dataDir, { recursive: true, force: true });
    if (!crashed) assert.ok('nth' in at && at.nth > passed, 'a point was passed without a crash');
    return crashed;
  }
});

/** Starts a house, does something with it, waits until it has nothing left to do, and ends it. */
async function inApplication(dataDir: string, work: (application: ApplicationHere) => Promise<void>): Promise<void> {
  const application = await startApplicationHere({ dataDir });
  try {
    await work(application);
    await untilIdle(application);
    assert.deepEqual(application.fatal, []);
  } finally {
    await application.close();
  }
}

async function runUntilCrash(
  victim: KamadoProcess,
  at: CrashAt,
  attempt: Attempt,
  { done }: { readonly done: (rest: Rest) => Promise<boolean> },
): Promise<{ readonly answer: Answer | null; readonly crashed: boolean; readonly passed: number }> {
  await untilAtRest(victim);
  await victim.arm(at);
  const answer = await attempt(victim.rest).catch(() => null);
  try {
    await until('the end of the way', () => done(victim.rest));
    // What follows from it is a part of it.
    await untilQuiet(victim);
    const passed = await victim.passed();
    await victim.kill();
    return { answer, crashed: false, passed: passed.length };
  } catch (error) {
    // Nothing answers any more: it has crashed, or something is wrong.
    await until('the end of the process', () => victim.hasEnded(), 2_000).catch(() => {
      throw error;
    });
    assert.equal(await victim.ended, 'SIGKILL', victim.log());
    return { answer, crashed: true, passed: 0 };
  }
}

/** Counts from the start, so that what a start writes is not taken for a part of the way. */
async function untilAtRest(victim: KamadoProcess): Promise<void> {
  await until('leaders', async () => {
    const keys = (await victim.rest.store('/')).map((entry) => entry.key);
    return ['/job_manager_id', '/gohan/cluster/sync'].every((key) => keys.includes(key));
  });
  await victim.arm(null);
  await untilQuiet(victim);
}

async function untilQuiet(victim: KamadoProcess): Promise<void> {
  let seen = -1;
  let sinceMs = performance.now();
  await until('no commit', async () => {
    const { length } = await victim.passed();
    if (length !== seen) sinceMs = performance.now();
    seen = length;
    return performance.now() - sinceMs > REST_MS;
  });
}

async function list(rest: Rest): Promise<readonly JsonObject[]> {
  const { body } = await rest.call('GET', HA);
  const routers = objectOf(body).ha_routers;
  return Array.isArray(routers) ? routers.map(objectOf) : [];
}

async function verifyPost(application: ApplicationHere, answer: Answer | null, haRouter: JsonObject): Promise<void> {
  const { rest } = application;
  const found = await list(rest);
  let id: string;
  if (answer === null) {
    assert.ok(found.length <= 1);
    id = textOf(found[0]?.id ?? (await rest.create(HA, haRouter)).id);
  } else {
    assert.equal(answer.status, 201, JSON.stringify(answer.body));
    id = textOf(objectOf(objectOf(answer.body).ha_router).id);
    assert.deepEqual(
      found.map((router) => router.id),
      [id],
      'what was answered is there',
    );
  }
  await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
  await untilIdle(application);
  await assertConsistent(application, ['edge_router', 'ha_router']);
  assert.equal((await list(rest)).length, 1);
  const changes = await until('the whole timeline', async () => {
    const entries = await rest.timeline('ha_router', id);
    return entries.some((entry) => entry.key === `/state${HA}/${id}`) ? entries : null;
  });
  assert.equal(changes[0]?.key, `/config${HA}/${id}`);
  assert.equal(changes[0]?.action, 'create');
}

async function verifyDelete(application: ApplicationHere, answer: Answer | null, id: string): Promise<void> {
  const { rest, store } = application;
  const url = `${HA}/${id}`;
  if (answer === null) {
    const { status } = await rest.call('DELETE', url);
    assert.ok(status === 204 || status === 404, `${status}`);
  } else assert.equal(answer.status, 204, JSON.stringify(answer.body));
  await until('404', async () => (await rest.get(url)) === null);
  await until('no key left', async () => (await keysAbout(store, id)).length === 0);
  await untilIdle(application);
  await assertConsistent(application, ['edge_router', 'ha_router']);
  assert.deepEqual(await list(rest), []);
  assert.ok((await rest.timeline('ha_router', id)).length > 0, 'the timeline outlives the resource');
}
