import { runFiles } from '../run-folder.ts';
import { type CallContext, callDifferences } from './call-differences.ts';
import type { RecordedCall } from './heat-recording.ts';
import type { JobExecution } from './job-execution.ts';
import type { MadeCall } from './recorded-heat.ts';
import type { WorkerComparison } from './worker-comparison.ts';

/** Compares the calls of a job with its recorded one. */
export function callComparisons({ evidence, calls }: JobExecution, context: CallContext): readonly WorkerComparison[] {
  const { turn, call, result } = evidence;
  // If the recorded job failed before its first call, calls of ours can't be compared.
  if (call === null) return result?.error == null ? calls.map((made) => unrecorded(turn.index, made)) : [];
  const [first, ...more] = calls;
  if (first === undefined) return [lackingCall(call)];
  const { line, differences } = callDifferences(call, first, context);
  return [{ ...lackingCall(call), index: line, differences }, ...more.map((made) => unrecorded(turn.index, made))];
}

/** A recorded call that the worker didn't make. */
export function lackingCall(call: RecordedCall): WorkerComparison {
  const subject = `${call.kind} ${call.stack}`;
  return {
    family: 'heat_calls',
    index: call.line,
    file: runFiles.heatCalls,
    subject,
    differences: [{ pointer: '', recorded: subject, planned: undefined }],
    recorded: true,
    excuse: null,
  };
}

function unrecorded(index: number, { kind, stack }: MadeCall): WorkerComparison {
  const subject = `${kind} ${stack}`;
  const differences = [{ pointer: '', recorded: undefined, planned: subject }];
  return { family: 'heat_calls', index, subject, differences, recorded: false, excuse: null };
}
