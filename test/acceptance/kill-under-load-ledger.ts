import assert from 'node:assert/strict';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';

/** A line of the ledger that all handlers write. */
export interface LedgerLine {
  readonly jobId: string;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly isLast: boolean;
  readonly attempt: number;
  readonly event: 'begin' | 'done' | 'failed' | 'stopped';
  /** Of the worker's process. */
  readonly pid: number;
  /** Since the epoch. */
  readonly timeMs: number;
}

/** Adds a line; lines of several processes don't mix. */
export function writeLine(path: string, line: LedgerLine): void {
  appendFileSync(path, `${JSON.stringify(line)}\n`);
}

/** One run of a handler. */
export interface Execution extends Omit<LedgerLine, 'event' | 'timeMs'> {
  readonly beganMs: number;
  readonly endedMs: number;
  readonly outcome: 'done' | 'failed' | 'stopped' | 'killed';
}

/** The processes that have begun more runs than they have ended. */
export function pidsAtWork(path: string): ReadonlySet<number> {
  const atWork = new Map<string, number>();
  for (const line of readLines(path)) {
    if (line.event === 'begin') atWork.set(nameOf(line), line.pid);
    else atWork.delete(nameOf(line));
  }
  return new Set(atWork.values());
}

/** Reads the executions, in the order in which they began. `killedAtMs`: pid → when that process was killed. */
export function readExecutions(path: string, killedAtMs: ReadonlyMap<number, number>): readonly Execution[] {
  const parsed = readLines(path);
  const ends = new Map(parsed.filter(({ event }) => event !== 'begin').map((line) => [nameOf(line), line]));
  const begins = parsed.filter(({ event }) => event === 'begin').sort((a, b) => a.timeMs - b.timeMs);
  return begins.map(({ event: _event, timeMs: beganMs, ...about }) => {
    const end = ends.get(nameOf(about));
    if (end !== undefined && end.event !== 'begin') {
      return { ...about, beganMs, endedMs: end.timeMs, outcome: end.event };
    }
    const endedMs = killedAtMs.get(about.pid);
    assert.ok(endedMs !== undefined, `a handler of a process that was not killed never ended: ${nameOf(about)}`);
    return { ...about, beganMs, endedMs, outcome: 'killed' };
  });
}

/** All lines; none where no handler has begun yet. */
function readLines(path: string): readonly LedgerLine[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n').filter(Boolean);
  return lines.map((line): LedgerLine => JSON.parse(line));
}

function nameOf({ jobId, attempt, pid }: Pick<LedgerLine, 'jobId' | 'attempt' | 'pid'>): string {
  return `${jobId} attempt ${attempt} by ${pid}`;
}

/**
 * At least once, and no more than that: a job comes again only after its worker was lost, with a higher attempt, never
 * twice at a time; and no version is worked on once a newer one of its resource was.
 */
export function assertAtLeastOnce(executions: readonly Execution[]): void {
  for (const runs of groupBy(executions, ({ jobId }) => jobId)) {
    for (const [i, run] of runs.entries()) {
      const before = runs[i - 1];
      if (before === undefined) continue;
      const reported = JSON.stringify([before, run]);
      assert.ok(run.attempt > before.attempt, `a job came again without a higher attempt: ${reported}`);
      assert.ok(run.beganMs >= before.endedMs, `two at a time: ${reported}`);
    }
  }
  for (const runs of groupBy(executions, ({ type, id }) => `${type}:${id}`)) {
    for (const [i, run] of runs.entries()) {
      const before = runs[i - 1];
      if (before === undefined) continue;
      const reported = JSON.stringify([before, run]);
      assert.ok(run.version >= before.version, `an old version came after a newer one: ${reported}`);
      assert.ok(run.beganMs >= before.endedMs, `two jobs of a resource at a time: ${reported}`);
    }
  }
}

function groupBy(executions: readonly Execution[], keyOf: (one: Execution) => string): readonly Execution[][] {
  const groups = new Map<string, Execution[]>();
  for (const one of executions) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}
