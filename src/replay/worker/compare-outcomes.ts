import { isJsonObject, type JsonObject } from '../../kernel/index.ts';
import { differences } from '../differences.ts';
import { withoutSuffix } from '../job-differences.ts';
import { runFiles } from '../run-folder.ts';
import { isEmpty } from './claim-place.ts';
import { handedOn, type JobExecution } from './job-execution.ts';
import type { WorkerComparison } from './worker-comparison.ts';
import type { JobResult } from './worker-log.ts';
import { masked, parsedJson } from './write-differences.ts';

/** Compares the outcome of a job with the recorded one. */
export function outcomeComparison(execution: JobExecution): WorkerComparison {
  const { turn } = execution.evidence;
  const outcome = outcomeOf(execution.errors);
  // The reason of a failure is more useful than the bare outcome.
  const shown =
    execution.errors === null || execution.errors.length === 0 ? outcome : `failed: ${execution.errors.join(' ')}`;
  const found = differences(recordedOutcome(execution) ?? outcome, outcome);
  return {
    family: 'jobs',
    index: turn.index,
    subject: withoutSuffix(turn.job.id),
    differences: found.map((difference) => ({ ...difference, planned: shown })),
    recorded: true,
    excuse: null,
  };
}

/** Compares the result of a job with that in the worker's log. */
export function resultComparison(result: JobResult, execution: JobExecution): WorkerComparison {
  const { heat_outputs: outputs = null, orchestration_state: status = null } = handedOn(execution);
  const made = {
    heat_outputs: masked(parsedJson(outputs)),
    orchestration_state: status,
    outcome: outcomeOf(execution.errors),
  };
  return lackingResult(result, differences(loggedValue(result), made));
}

/** A recorded result of no known job. */
export function lackingResult(
  result: JobResult,
  found: WorkerComparison['differences'] = [{ pointer: '', recorded: loggedValue(result), planned: undefined }],
): WorkerComparison {
  const { line: index, action, path } = result;
  const subject = `${action} ${path}`;
  return {
    family: 'job_results',
    index,
    file: runFiles.worker,
    subject,
    differences: found,
    recorded: true,
    excuse: null,
  };
}

function loggedValue({ outputs, status, error }: JobResult): JsonObject {
  return { heat_outputs: masked(outputs), orchestration_state: status, outcome: error === null ? 'done' : 'failed' };
}

function outcomeOf(errors: readonly string[] | null): string {
  if (errors === null) return 'not ended';
  return errors.length === 0 ? 'done' : 'failed';
}

function recordedOutcome({ evidence: { turn, result } }: JobExecution): 'done' | 'failed' | null {
  if (result !== null) return result.error === null ? 'done' : 'failed';
  if (turn.finish !== null) return turn.finish.errors.length === 0 ? 'done' : 'failed';
  const state = turn.writes.find(({ family }) => family === 'state')?.value;
  if (isJsonObject(state) && state.error !== '') return 'failed';
  return turn.writes.some(({ value }) => value !== undefined && !isEmpty(value)) ? 'done' : null;
}
