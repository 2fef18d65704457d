import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { limits } from '../../src/kernel/limits.ts';
import { listOf, objectOf, type Rest, restOf, textOf, until } from '../acceptance/rest.ts';
import { type Running, start, temporaryFolder } from '../cli/helpers.ts';
import { deadlyProcess } from './deadly-process.ts';
import { relationTo, typeSchema, writeCatalog } from './jobs-application.ts';

/** Longer than all the pauses, and all that has to be built up again between them. */
const PATIENCE_MS = 180_000;

const schemas = [typeSchema('crate', ['maker']), typeSchema('box', ['maker'], { on_id: relationTo('crate') })];

/** A process that is started again whenever it has ended. */
class Supervised {
  readonly #start: () => Running;
  #running: Running;
  starts = 1;
  ended = false;

  constructor(begin: () => Running) {
    this.#start = begin;
    this.#running = begin();
    void this.#keep();
  }

  /** The API of the process that runs now. */
  async rest(): Promise<Rest> {
    const [, port = ''] = await this.#running.printed(/^serves (\d+)$/m);
    return restOf(Number(port));
  }

  /** What the API answers, of whichever process it is; null where one ended meanwhile. */
  async ask<Result>(question: (rest: Rest) => Promise<Result>): Promise<Result | null> {
    try {
      return await question(await this.rest());
    } catch {
      return null;
    }
  }

  async end(): Promise<void> {
    this.ended = true;
    await this.#running.end();
  }

  async #keep(): Promise<void> {
    while (!this.ended) {
      await this.#running.ended;
      if (this.ended) return;
      this.starts++;
      this.#running = this.#start();
    }
  }
}

async function supervise(
  t: TestContext,
): Promise<{ readonly application: Supervised; readonly ledger: () => readonly string[] }> {
  const folder = temporaryFolder(t);
  const catalog = await writeCatalog(join(folder, 'catalog'), schemas);
  const ledger = join(folder, 'ledger');
  writeFileSync(ledger, '');
  const application = new Supervised(() => start(t, deadlyProcess, [join(folder, 'data'), catalog, ledger]));
  t.after(() => application.end());
  return { application, ledger: () => readFileSync(ledger, 'utf8').trim().split('\n') };
}

for (const way of ['kill', 'exit', 'throw'] as const) {
  test(`a job that ends its process (${way}) is tried after all others, and given up`, async (t) => {
    const { application, ledger } = await supervise(t);
    const others = Array.from({ length: 8 }, (_, i) => `c${i}`);
    const rest = await application.rest();
    for (const id of others.slice(0, 4)) await rest.create('/v2.0/crates', { id });
    // It is begun at once, so that the process is gone before these answers come.
    await rest.call('POST', '/v2.0/crates', { id: 'deadly', name: way }).catch(() => null);
    for (const id of [...others.slice(4), 'deadly']) {
      await until(
        `${id} is there`,
        () =>
          application.ask(async (now) => {
            const { status } = await now.call('POST', '/v2.0/crates', { id, ...(id === 'deadly' && { name: way }) });
            return status === 201 || status === 409;
          }),
        PATIENCE_MS,
      );
    }
    for (const id of others) {
      await until(
        `${id} is ACTIVE`,
        () => application.ask(async (now) => (await now.get(`/v2.0/crates/${id}`))?.status === 'ACTIVE'),
        PATIENCE_MS,
      );
    }
    await until(
      'it is given up',
      () => application.ask(async (now) => (await now.get('/v2.0/crates/deadly'))?.status === 'ERROR'),
      PATIENCE_MS,
    );
    const begun = ledger().filter((line) => line === 'begin deadly').length;
    assert.equal(begun, limits.claimAttempts);
    // It is the process that goes on: the one that told so may be the one that ends.
    const last = await until('another crate is ACTIVE', () =>
      application.ask(async (now) => {
        await now.call('POST', '/v2.0/crates', { id: 'after' });
        return (await now.get('/v2.0/crates/after'))?.status === 'ACTIVE' ? now : null;
      }),
    );
    const states = await last.store('/state/v2.0/crates/deadly');
    const state = objectOf(JSON.parse(textOf(states[0]?.value)));
    assert.match(textOf(state.error), new RegExp(`worker was lost ${limits.claimAttempts} times`));
    const { body } = await last.call('GET', '/kamado/v1/jobs?state=failed');
    assert.deepEqual(
      listOf(objectOf(body).jobs).map((job) => objectOf(job).resource_id),
      ['deadly'],
    );
    assert.deepEqual(await last.store('/kamado/job_losses/'), []);
    assert.ok(application.starts <= limits.claimAttempts + 1, `${application.starts} starts`);
  });
}
