import { grouped } from '../grouped.ts';
import { isEmpty } from './claim-place.ts';
import type { JobExecution } from './job-execution.ts';
import type { RecordedWrite, Write } from './recorded-writes.ts';
import type { WorkerComparison } from './worker-comparison.ts';
import { writeDifferences } from './write-differences.ts';

/** Compares the writes of a job with the recorded ones: the n-th of a kind with the n-th. */
export function writeComparisons({ evidence: { turn }, writes }: JobExecution): readonly WorkerComparison[] {
  const recorded = grouped(turn.writes, kindOf);
  const made = grouped(writes, kindOf);
  return [...new Set([...recorded.keys(), ...made.keys()])].flatMap((kind) => {
    const [was, is] = [recorded.get(kind) ?? [], made.get(kind) ?? []];
    return Array.from({ length: Math.max(was.length, is.length) }, (_, i) => {
      return comparison(was[i], is[i], turn.index);
    }).flat();
  });
}

/** A recorded write that the worker didn't make. */
export function lackingWrite(write: RecordedWrite): readonly WorkerComparison[] {
  return comparison(write, undefined, write.index);
}

function comparison(was: RecordedWrite | undefined, is: Write | undefined, index: number): readonly WorkerComparison[] {
  const one = was ?? is;
  if (one === undefined) return [];
  return [
    {
      family: one.family,
      index: was?.index ?? index,
      subject: one.key,
      differences: writeDifferences(was, is),
      recorded: was !== undefined,
      excuse: null,
    },
  ];
}

/** The key, and the kind of the write: a job state begins, is handed on, and ends. */
function kindOf({ key, value }: Write): string {
  return `${key} ${value === undefined ? 'end' : isEmpty(value) ? 'begin' : 'value'}`;
}
