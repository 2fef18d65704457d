import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { extentText, shared } from '../support/extent.ts';
import { heatAvailable, startHeat, type TestHeat } from '../support/openstack.ts';
import { needs } from '../support/services.ts';
import { type KamadoProcess, startProcess } from './processes.ts';
import { type Rest, textOf, until, untilStatus } from './rest.ts';
import { CRATES, environmentOf, lookAt, type StackLook } from './stack-application.ts';
import { writeStackCatalog } from './stack-catalog.ts';

/** The calls that each way makes, in their order. */
const ways = {
  create: ['create', 'show'],
  update: ['statuses', 'update', 'show'],
  delete: ['statuses', 'delete', 'show'],
} as const;
type Way = keyof typeof ways;

interface Crash {
  readonly way: Way;
  readonly name: string;
}

const crashes = shared(
  (Object.keys(ways) as Way[]).flatMap((way) =>
    ways[way].flatMap((call): Crash[] => [
      { way, name: `before stack ${call}` },
      { way, name: `after stack ${call}` },
    ]),
  ),
  2,
);
const LANES = 3;
const RECOVERY_MS = 30_000;

describe('kill -9 before and after each call to Heat', needs('heat', heatAvailable()), () => {
  const project = `kill-${randomUUID()}`;
  const queue = [...crashes];
  let heat: TestHeat;
  let look: StackLook;
  let folder: string;
  let catalog: string;

  before(async () => {
    heat = await startHeat();
    look = await lookAt(environmentOf(heat.endpoint), project);
    folder = await mkdtemp(join(tmpdir(), 'kamado-stack-kill-'));
    catalog = await writeStackCatalog(folder);
  });
  after(async () => {
    await look.engine.close();
    await heat.stop();
    await rm(folder, { recursive: true, force: true });
  });

  describe('several houses at a time', { concurrency: LANES }, () => {
    for (let lane = 1; lane <= LANES; lane++) {
      test(`lane ${lane}`, async (context) => {
        for (let crash = queue.shift(); crash !== undefined; crash = queue.shift()) {
          await crashOnce(crash);
          context.diagnostic(`${crash.way}, ${crash.name}; ${extentText}`);
        }
      });
    }
  });

  test('all were tried', () => assert.deepEqual(queue, []));

  async function crashOnce({ way, name }: Crash): Promise<void> {
    const dataDir = await mkdtemp(join(folder, 'data-'));
    const settings = { dataDir, catalog, logLevel: 'info', environment: environmentOf(heat.endpoint) };
    let application = await startProcess(settings);
    try {
      const id = randomUUID();
      if (way !== 'create') await made(application.rest, id);
      await application.arm({ name });
      // It may end before it answers.
      await ask(application.rest, way, id).catch(() => null);
      assert.equal(await ended(application), 'SIGKILL', application.log());
      application = await startProcess(settings);
      if ((await application.rest.get(`${CRATES}/${id}`)) === null && way !== 'delete')
        await ask(application.rest, way, id);
      await verify[way](application.rest, id);
      await application.stop();
    } catch (error) {
      throw new Error(`${way}, ${name}: ${application.log().slice(-4_000)}`, { cause: error });
    } finally {
      await application.kill();
    }
  }

  const fields = { tenant_id: project, label: 'first', wait_secs: 1 };

  async function made(rest: Rest, id: string): Promise<void> {
    await rest.create(CRATES, { ...fields, id, wait_secs: 0 });
    await untilStatus(rest, `${CRATES}/${id}`, 'ACTIVE', RECOVERY_MS);
  }

  async function ask(rest: Rest, way: Way, id: string): Promise<void> {
    if (way === 'create') await rest.create(CRATES, { ...fields, id });
    else if (way === 'update') await rest.call('PUT', `${CRATES}/${id}`, { crate: { label: 'second', wait_secs: 1 } });
    else await rest.call('DELETE', `${CRATES}/${id}`);
  }

  const verify: { readonly [Which in Way]: (rest: Rest, id: string) => Promise<void> } = {
    create: async (rest, id) => {
      await untilStatus(rest, `${CRATES}/${id}`, 'ACTIVE', RECOVERY_MS);
      await assertStack(rest, id, 'first', 1);
      const events = await look.events(id);
      assert.equal(
        events.filter(({ resource, status }) => resource === 'crate' && status === 'CREATE_COMPLETE').length,
        1,
      );
      assert.equal(events.filter(({ status }) => status === 'UPDATE_IN_PROGRESS').length, 0);
    },
    update: async (rest, id) => {
      const updated = () => rest.store(`/state${CRATES}/${id}`).then(([state]) => state?.value);
      await until(
        'the state of version 2',
        async () => JSON.stringify(await updated()).includes('MODIFY_COMPLETED'),
        RECOVERY_MS,
      );
      await untilStatus(rest, `${CRATES}/${id}`, 'ACTIVE', RECOVERY_MS);
      await assertStack(rest, id, 'second', 2);
    },
    delete: async (rest, id) => {
      await until('the crate is gone', async () => (await rest.get(`${CRATES}/${id}`)) === null, RECOVERY_MS);
      assert.equal(await look.stack(id), null);
    },
  };

  /** The stack is there, once, as it was asked for, and so it is told. */
  async function assertStack(rest: Rest, id: string, label: string, version: number): Promise<void> {
    const stack = await look.stack(id);
    assert.equal(stack?.progress, 'COMPLETE');
    assert.equal(stack?.outputs.find(({ output_key }) => output_key === 'label')?.output_value, label);
    const named = await fetch(`${heat.endpoint}/${project}/stacks?name=crate_${id}`, {
      headers: { 'x-auth-project': project, 'x-auth-user': 'look' },
    });
    const { stacks } = (await named.json()) as { readonly stacks: readonly unknown[] };
    assert.equal(stacks.length, 1);
    const [state] = await rest.store(`/state${CRATES}/${id}`);
    const [record] = await rest.store(`/esi-worker/heat_stacks${CRATES}/${id}`);
    assert.match(textOf(state?.value), new RegExp(`"version":${version}`));
    assert.match(textOf(record?.value), new RegExp(`"stack_status":"${stack?.action}_COMPLETE"`));
  }
});

async function ended(application: KamadoProcess): Promise<NodeJS.Signals | null> {
  await until('the end of the process', () => application.hasEnded(), RECOVERY_MS);
  return await application.ended;
}
