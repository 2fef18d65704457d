import { join } from 'node:path';
import { pathKey } from '../../controller/index.ts';
import { isJsonObject, type Json } from '../../kernel/index.ts';
import { readJsonLinesIfThere } from '../json-lines.ts';
import { runFiles } from '../run-folder.ts';

/** A log entry of the worker about the end of a job. */
export interface JobResult {
  readonly of: 'result';
  readonly line: number;
  /** 'type:id' of the resource. */
  readonly path: string;
  readonly action: string;
  readonly outputs: readonly Json[];
  /** 'CREATE_COMPLETE', 'MODIFY_ERROR' and the like; null: not recorded. */
  readonly status: string | null;
  /** The error; null: it succeeded. */
  readonly error: string | null;
}

/** A log entry of the worker about a claimed job. */
interface JobClaim {
  readonly of: 'claimed';
  readonly job: string;
}

/** The entries of a worker's log about jobs. */
export interface WorkerLog {
  /** The ids of the claimed jobs. */
  readonly claimed: ReadonlySet<string>;
  readonly results: readonly JobResult[];
}

/** Reads the log of the worker of a run; null if there is none. @throws RUN_UNREADABLE */
export async function readWorkerLog(folder: string): Promise<WorkerLog | null> {
  const lines = await readJsonLinesIfThere(join(folder, runFiles.worker), parseLogLine);
  if (lines === null) return null;
  return {
    claimed: new Set(lines.flatMap((line) => (line.of === 'claimed' ? [line.job] : []))),
    results: lines.filter((line) => line.of === 'result'),
  };
}

/** Reads a line of worker.jsonl; null if it isn't about the beginning or the end of a job. */
function parseLogLine(value: Json | undefined, line: number): JobResult | JobClaim | null | string {
  if (!isJsonObject(value)) return 'an object is expected';
  const { event, job, type, id, action, results } = value;
  if (event === 'reserved') return typeof job === 'string' ? { of: 'claimed', job } : 'reserved needs a job';
  if (event !== 'job_results') return null;
  if (typeof type !== 'string' || typeof id !== 'string') return 'job_results need a type and an id';
  if (!isJsonObject(results)) return 'job_results need an object "results"';
  const { heat_outputs: outputs, orchestration_state: status, error = null } = results;
  return {
    of: 'result',
    line,
    path: pathKey(type, id),
    action: typeof action === 'string' ? action : '',
    outputs: Array.isArray(outputs) ? outputs : [],
    status: typeof status === 'string' ? status : null,
    error: error === null || typeof error === 'string' ? error : JSON.stringify(error),
  };
}
