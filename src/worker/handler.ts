import type { JsonObject, Log, Runtime } from '../kernel/index.ts';
import type { Job, StackRecord } from '../records/index.ts';
import type { Model, StateForm } from '../schema/index.ts';
import type { Store } from '../store/index.ts';

/** What a handler may use while it works on a job. */
export interface JobTools {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  /** How often the job was tried before, by a worker that was lost or with a failure: what it does may have been done. */
  readonly attempt: number;
  /** How many of those tries ended with a failure. */
  readonly failures: number;
  /** What the schema has it say in the resource's state. */
  readonly stateForm: StateForm;
  /** The parameters that are secret, as planning noted them; null: it noted nothing. Absent: nobody asks. */
  readonly secretParams?: ReadonlySet<string> | null;
  /** The template that the schema names for this handler. @throws TEMPLATE_NOT_FOUND */
  readonly template: () => JsonObject;
  /** Keeps what became of the resource's stack: written in one transaction with what the job hands on. */
  readonly keepStack: (record: StackRecord) => void;
  /** Aborts when the claim is lost or the worker ends: stop, and throw. Nothing is reported then. */
  readonly signal: AbortSignal;
  /** Waits for something else without holding one of the worker's slots. */
  readonly releaseSlot: <Result>(wait: () => Promise<Result>) => Promise<Result>;
}

/**
 * Something that can be done for a resource. A job may come twice, after a worker was lost or after a failure that is
 * tried again: doing it again must give the same.
 */
export interface Handler {
  /** The name that schemas use. */
  readonly name: string;
  /** Whether it takes 'modify'; else a change comes as 'delete' and 'create'. */
  readonly canModify: boolean;
  /**
   * Does the job, and returns what it hands on: members of the workflow's job state, which becomes the resource's state.
   * What it throws fails the job, and the text of the error is shown to users: of an error of the catalogue as it is, with
   * foreign texts redacted; of any other exception redacted as a whole (`docs/decisions/0027-secrets-are-marked.md`).
   */
  readonly run: (job: Job, tools: JobTools) => Promise<JsonObject>;
  /** Members of the state of a job that failed, beside the error. */
  readonly failedState?: (job: Job, stateForm: StateForm) => JsonObject;
}
