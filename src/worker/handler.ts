import type { JsonObject, Log, Runtime } from '../kernel/index.ts';
import type { Job, StackRecord } from '../records/index.ts';
import type { Model, StateForm } from '../schema/index.ts';
import type { Store } from '../store/index.ts';

/** The tools of a handler that runs a job. */
export interface JobTools {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  /** The number of earlier tries, which ended with a lost worker or a failure: the job's effects may already exist. */
  readonly attempt: number;
  /** The number of those tries that ended with a failure. */
  readonly failures: number;
  /** The form, given by the schema, of its part of the resource's state. */
  readonly stateForm: StateForm;
  /** The secret parameters, as planning noted them; null: it noted none. Absent: not needed. */
  readonly secretParams?: ReadonlySet<string> | null;
  /** The template that the schema names for this handler. @throws TEMPLATE_NOT_FOUND */
  readonly template: () => JsonObject;
  /** Keeps the record of the resource's stack: it is written in one transaction with the job's results. */
  readonly keepStack: (record: StackRecord) => void;
  /** Aborts when the claim is lost or the worker ends: the handler must stop, and throw. Nothing is reported then. */
  readonly signal: AbortSignal;
  /** Waits for something else without holding one of the worker's slots. */
  readonly releaseSlot: <Result>(wait: () => Promise<Result>) => Promise<Result>;
}

/**
 * An operation on a resource. A job may be run twice, after a lost worker or a failed try: the second run must give the
 * same result.
 */
export interface Handler {
  /** The name that schemas use. */
  readonly name: string;
  /** Whether it accepts 'modify'; else a change is split into 'delete' and 'create'. */
  readonly canModify: boolean;
  /**
   * Runs the job, and returns its results: members of the workflow's job state, which becomes the resource's state. An
   * exception fails the job, and users see its text: that of a catalogued error unchanged, with foreign texts redacted;
   * that of any other exception redacted as a whole (`docs/decisions/0027-secrets-are-marked.md`).
   */
  readonly run: (job: Job, tools: JobTools) => Promise<JsonObject>;
  /** Returns members of a failed job's state, besides the error. */
  readonly failedState?: (job: Job, stateForm: StateForm) => JsonObject;
}
