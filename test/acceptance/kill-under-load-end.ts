import assert from 'node:assert/strict';
import { resourceKey } from '../../src/records/keys.ts';
import { decodeState } from '../../src/records/state-record.ts';
import { readAll } from '../../src/store/follow.ts';
import { oneKey, withPrefix } from '../../src/store/store.ts';
import { loadTypes } from './kill-under-load-catalog.ts';
import { type Promised, urlOf } from './kill-under-load-clients.ts';
import type { Execution } from './kill-under-load-ledger.ts';
import { FAILURE } from './kill-under-load-worker.ts';
import { type Rest, until } from './rest.ts';
import { assertConsistent, type Kept, untilIdle } from './traces-left.ts';

/** Everything comes to its end: after the longest lease, and a fail-over. */
const CONVERGENCE_MS = 90_000;

/**
 * What was answered holds, once all rooms run: resources are there as they were last written, in a final status; what
 * was deleted is gone without a trace; nothing is left to do; database and store agree.
 */
export async function assertPromises(rest: Rest, kept: Kept, promised: readonly Promised[]): Promise<void> {
  for (const one of promised) await (one.deleted ? untilGone(rest, one) : untilFinal(rest, one));
  await untilIdle(kept, ['/jobs/', '/esi-worker/job_state/']);
  await assertConsistent(kept, loadTypes);
  const { entries } = await readAll(kept.store, withPrefix('/'));
  const deleted = new Set(promised.filter((one) => one.deleted).map(({ id }) => id));
  const traces = entries.filter(({ key }) => key.split(/[/:]/).some((part) => deleted.has(part)));
  assert.deepEqual(traces, [], 'traces of what was deleted');
}

async function untilGone(rest: Rest, one: Promised): Promise<void> {
  const isGone = async (): Promise<boolean> => {
    const row = await rest.get(urlOf(one));
    // A deletion can be cancelled by the failure of another job; then it is asked for again.
    if (row?.status === 'ERROR') await rest.call('DELETE', urlOf(one));
    return row === null;
  };
  await until(`${urlOf(one)} is gone`, isGone, CONVERGENCE_MS);
}

async function untilFinal(rest: Rest, one: Promised): Promise<void> {
  const isFinal = async (): Promise<boolean> => {
    const row = await rest.get(urlOf(one));
    assert.ok(row !== null, `${urlOf(one)} is lost`);
    assert.equal(row.name, one.name, `the last write of ${urlOf(one)} is lost`);
    return row.status === 'ACTIVE' || row.status === 'ERROR';
  };
  await until(`${urlOf(one)} is final`, isFinal, CONVERGENCE_MS);
}

/** Each state says what the handlers did: all of it, or the failure that was meant, or whose failure cancelled it. */
export async function assertFinalStates(
  { store }: Kept,
  promised: readonly Promised[],
  executions: readonly Execution[],
): Promise<void> {
  for (const one of promised.filter(({ deleted }) => !deleted)) {
    const url = `/v2.0/${one.type}s`;
    const { entries } = await store.get(oneKey(resourceKey('state', url, one.id)));
    const state = decodeState(entries[0]?.value ?? '');
    assert.ok(state !== null, `${urlOf(one)} has no state`);
    const reported = `${urlOf(one)}: ${JSON.stringify(state)}`;
    const [, culprit] = /^canceled: dependency (\S+) failed/.exec(state.error) ?? [];
    if (culprit !== undefined) {
      assert.ok(
        executions.some(({ jobId, outcome }) => jobId === culprit && outcome === 'failed'),
        reported,
      );
    } else if (state.error === '' && one.type !== 'note') {
      assert.equal(one.fails, false, reported);
      assert.equal((await store.get(oneKey(resourceKey('applied', url, one.id)))).count, 0, reported);
      assert.ok(
        executions.some(
          (run) => run.id === one.id && run.version === state.version && run.isLast && run.outcome === 'done',
        ),
        reported,
      );
    } else if (state.error !== '') {
      assert.equal(state.error, FAILURE, reported);
      assert.equal(one.fails && one.type !== 'note', true, reported);
    }
  }
}
