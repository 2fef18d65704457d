import type { Json, JsonObject } from '../../kernel/index.ts';

/** The address of a stack: its name is unique in its project. */
export interface StackRef {
  /** The tenant's project, by id. */
  readonly project: string;
  readonly name: string;
}

/** The progress of the last request for a stack. */
export type StackProgress = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** The status of a stack, without its outputs. */
export interface StackSummary {
  readonly id: string;
  readonly name: string;
  /** The last requested action: 'CREATE', 'UPDATE', 'DELETE', and others that the engine has. */
  readonly action: string;
  readonly progress: StackProgress;
  /** The engine's reason for the status; may be ''. */
  readonly reason: string;
  /**
   * The revision of the last request that it took up. null: the request wasn't ours. Never visible before its effect on
   * `progress`.
   */
  readonly revision: string | null;
}

/** An output of a stack (compatibility K8). The engine may add members, such as `output_error`. */
export interface StackOutput {
  readonly output_key: string;
  readonly output_value: Json;
  readonly [member: string]: Json;
}

/** A stack with its outputs. While it is in progress, and after a failure, outputs may be missing. */
export interface Stack extends StackSummary {
  readonly outputs: readonly StackOutput[];
}

/** The complete target of a stack: an update keeps nothing of the earlier one. */
export interface StackRequest {
  readonly ref: StackRef;
  /**
   * Distinguishes this request from others for the same stack. The engine stores it with the stack. At most 73 letters,
   * no comma.
   */
  readonly revision: string;
  /** A HOT template, as text. */
  readonly template: string;
  readonly parameters: JsonObject;
  /** The time after which the engine lets the stack fail. */
  readonly timeoutMinutes: number;
}

/** An event of a stack or of one of its resources. */
export interface StackEvent {
  readonly id: string;
  /** In the engine's form, ISO 8601. */
  readonly time: string;
  /** The resource's name in the template. The stack's own name for an event of the whole stack. */
  readonly resource: string;
  /** 'CREATE_FAILED' and the like. */
  readonly status: string;
  readonly reason: string;
}

/**
 * An engine that builds stacks from templates. Every call succeeds or fails within `limits.stackRequestTimeoutMs`, and
 * ends with the signal. Errors of all calls: STACK_UNAVAILABLE and OVERLOADED, which may pass; STACK_SERVER_ERROR,
 * which may not; STACK_ACCESS, STACK_ANSWER_INVALID and STACK_REFUSED, which don't.
 */
export interface StackEngine {
  /**
   * Whether its errors mark texts from outside (`ForeignText`). If they don't, every reason counts as such a text, and
   * is redacted.
   */
  readonly marksForeignText?: true;
  /** Begins to create a stack. Resolves when the engine has accepted the request. @throws STACK_EXISTS */
  readonly create: (request: StackRequest, signal: AbortSignal) => Promise<void>;
  /** Begins to update a stack to the request. @throws STACK_NOT_FOUND, STACK_BUSY */
  readonly update: (request: StackRequest, signal: AbortSignal) => Promise<void>;
  /** Begins to delete a stack. A missing stack is no error. @throws STACK_BUSY */
  readonly delete: (ref: StackRef, signal: AbortSignal) => Promise<void>;
  /** Returns a stack with its outputs, or null if it doesn't exist or is deleted. */
  readonly show: (ref: StackRef, signal: AbortSignal) => Promise<Stack | null>;
  /** Returns many stacks of one project at a time, by name. Missing or deleted stacks are left out. */
  readonly statuses: (
    project: string,
    names: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, StackSummary>>;
  /** Returns the last events of a stack, newest first, at most `limits.stackEvents`; none if there is no stack. */
  readonly events: (ref: StackRef, signal: AbortSignal) => Promise<readonly StackEvent[]>;
  /** Closes open connections. */
  readonly close: () => Promise<void>;
}
