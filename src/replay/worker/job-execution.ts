import { isJsonObject, parseJson } from '../../kernel/index.ts';
import { decodeFinished, jobKey, parseResourceKey } from '../../records/index.ts';
import type { MadeCall } from './recorded-heat.ts';
import { familyNames, type Write } from './recorded-writes.ts';
import type { Evidence } from './stack-script.ts';
import type { MadeWrite } from './worker-world.ts';

/** The worker's execution of a recorded job. */
export interface JobExecution {
  readonly evidence: Evidence;
  readonly calls: readonly MadeCall[];
  /** The writes of the compared families. */
  readonly writes: readonly Write[];
  /** The errors of the job, none if it succeeded; null: it didn't end. */
  readonly errors: readonly string[] | null;
}

/** Derives a job's execution from the worker's writes. */
export function jobExecutionOf(
  evidence: Evidence,
  calls: readonly MadeCall[],
  made: readonly MadeWrite[],
): JobExecution {
  const finished = jobKey('finished', evidence.turn.job.id);
  const end = made.find(({ key, value }) => key === finished && value !== undefined)?.value;
  return { evidence, calls, writes: made.flatMap(writeOf), errors: end === undefined ? null : decodeFinished(end) };
}

function writeOf({ key, value }: MadeWrite): readonly Write[] {
  const resource = parseResourceKey(key);
  const family = resource === null ? undefined : familyNames[resource.family];
  if (family === undefined) return [];
  return [{ family, key, value: value === undefined ? undefined : (parseJson(value) ?? value) }];
}

/** The members that a job handed on: of the workflow's job state or, if it failed, of the resource's state. */
export function handedOn({ writes }: JobExecution) {
  const of = (family: Write['family']) => {
    return writes.findLast((write) => write.family === family && write.value !== undefined)?.value;
  };
  const state = of('state');
  const failed = isJsonObject(state) && state.error !== '' && isJsonObject(state.state) ? state.state : null;
  const jobState = of('job_state');
  return failed ?? (isJsonObject(jobState) ? jobState : {});
}
