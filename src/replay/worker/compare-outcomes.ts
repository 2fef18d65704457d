import { isJsonObject, type JsonObject } from '../../kernel/index.ts';
import { differences } from '../differences.ts';
import { withoutSuffix } from '../job-differences.ts';
import { runFiles } from '../run-folder.ts';
import { isEmpty } from './claim-place.ts';
import { type Deed, handedOn } from './deed.ts';
import type { WorkerComparison } from './worker-comparison.ts';
import type { JobResult } from './worker-log.ts';
import { masked, said } from './write-differences.ts';

/** Whether a job ended as was recorded. */
export function outcomeComparison(deed: Deed): WorkerComparison {
  const { turn } = deed.testimony;
  const outcome = outcomeOf(deed.errors);
  // Why it failed says more than that it did.
  const shown = deed.errors === null || deed.errors.length === 0 ? outcome : `failed: ${deed.errors.join(' ')}`;
  const found = differences(recordedOutcome(deed) ?? outcome, outcome);
  return {
    family: 'jobs',
    index: turn.index,
    subject: withoutSuffix(turn.job.id),
    differences: found.map((difference) => ({ ...difference, planned: shown })),
    recorded: true,
    excuse: null,
  };
}

/** Whether a job gave what the worker's log says that it gave. */
export function resultComparison(result: JobResult, deed: Deed): WorkerComparison {
  const { heat_outputs: outputs = null, orchestration_state: status = null } = handedOn(deed);
  const made = { heat_outputs: masked(said(outputs)), orchestration_state: status, outcome: outcomeOf(deed.errors) };
  return lackingResult(result, differences(loggedValue(result), made));
}

/** A recorded result of no job that is known. */
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

function recordedOutcome({ testimony: { turn, result } }: Deed): 'done' | 'failed' | null {
  if (result !== null) return result.error === null ? 'done' : 'failed';
  if (turn.finish !== null) return turn.finish.errors.length === 0 ? 'done' : 'failed';
  const state = turn.writes.find(({ family }) => family === 'state')?.value;
  if (isJsonObject(state) && state.error !== '') return 'failed';
  return turn.writes.some(({ value }) => value !== undefined && !isEmpty(value)) ? 'done' : null;
}
