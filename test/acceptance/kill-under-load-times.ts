import { keys } from '../../src/records/keys.ts';
import type { Kill } from './kill-under-load-fleet.ts';
import type { Execution } from './kill-under-load-ledger.ts';
import type { Observer } from './kill-under-load-watch.ts';

const leaderKeys = { controller: keys.controllerLeader, sync: keys.syncLeader } as const;

/** Twice what is promised (compatibility J6): the machine of a test may be busy. */
export const LONGEST_FAIL_OVER_MS = 10_000;

/** From the kill of a leader to the first write of the next one, where another one was there all the time. */
export function failOversMs(
  kind: keyof typeof leaderKeys,
  kills: readonly Kill[],
  { terms }: Observer,
): readonly number[] {
  const ofKind = kills.filter((kill) => kill.kind === kind);
  return ofKind.flatMap((kill, n) => {
    const next = terms.find((term) => term.key === leaderKeys[kind] && term.timeMs > kill.timeMs);
    const nextKill = ofKind[n + 1];
    const isLone = next === undefined || (nextKill !== undefined && nextKill.timeMs < next.timeMs);
    return kill.led && kill.others > 0 && !isLone ? [next.timeMs - kill.timeMs] : [];
  });
}

/** From the kill of a worker to where each job that it had is ready again, where a controller led when the lease ended. */
export function claimsBackMs(
  executions: readonly Execution[],
  kills: readonly Kill[],
  observer: Observer,
): readonly number[] {
  return executions.flatMap(({ jobId, outcome, endedMs }) => {
    if (outcome !== 'killed') return [];
    const [lost, back] = (['unclaimed', 'ready'] as const).map((step) =>
      observer.steps.find((one) => one.jobId === jobId && one.step === step && one.timeMs > endedMs),
    );
    if (lost === undefined || back === undefined || !isLed(lost.timeMs, kills, observer)) return [];
    return [back.timeMs - endedMs];
  });
}

function isLed(timeMs: number, kills: readonly Kill[], { terms }: Observer): boolean {
  return kills.every((kill) => {
    if (kill.kind !== 'controller' || !kill.led || kill.timeMs > timeMs) return true;
    const next = terms.find((term) => term.key === keys.controllerLeader && term.timeMs > kill.timeMs);
    return next !== undefined && next.timeMs < timeMs;
  });
}
