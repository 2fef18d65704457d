import type { Json, JsonObject } from '../../kernel/index.ts';

/** Where a stack is: its name is unique in its project. */
export interface StackRef {
  /** The tenant's project, by id. */
  readonly project: string;
  readonly name: string;
}

/** How far the last thing that was asked of a stack is. */
export type StackProgress = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** What a stack is, without what it gives. */
export interface StackSummary {
  readonly id: string;
  readonly name: string;
  /** What was asked of it last: 'CREATE', 'UPDATE', 'DELETE', and whatever else the engine knows. */
  readonly action: string;
  readonly progress: StackProgress;
  /** What the engine says about it; may be ''. */
  readonly reason: string;
  /** The revision of the request that it took up last; null: it was none of ours. Never seen before its effect on `progress`. */
  readonly revision: string | null;
}

/** What a stack gives (compatibility K8): the engine may add members, such as `output_error`. */
export interface StackOutput {
  readonly output_key: string;
  readonly output_value: Json;
  readonly [member: string]: Json;
}

/** A stack with what it gives. While it is in progress, and after a failure, outputs may be missing. */
export interface Stack extends StackSummary {
  readonly outputs: readonly StackOutput[];
}

/** What a stack is to be, wholly: an update leaves nothing of what it was. */
export interface StackRequest {
  readonly ref: StackRef;
  /** Tells this request from others for the same stack; the engine keeps it with the stack. At most 73 letters, no comma. */
  readonly revision: string;
  /** A HOT template, as text. */
  readonly template: string;
  readonly parameters: JsonObject;
  /** What the engine may take before it lets the stack fail. */
  readonly timeoutMinutes: number;
}

/** Something that happened to a stack or to one of its resources. */
export interface StackEvent {
  readonly id: string;
  /** As the engine gives it, ISO 8601. */
  readonly time: string;
  /** The resource's name in the template; the stack's own where it is about the whole. */
  readonly resource: string;
  /** 'CREATE_FAILED' and the like. */
  readonly status: string;
  readonly reason: string;
}

/**
 * Something that builds stacks from templates. Every call says yes or no within `limits.stackRequestTimeoutMs`, and
 * ends with the signal. Errors of all calls: STACK_UNAVAILABLE and OVERLOADED, which may pass; STACK_SERVER_ERROR, which
 * may not; STACK_ACCESS, STACK_ANSWER_INVALID and STACK_REFUSED, which don't.
 */
export interface StackEngine {
  /**
   * Its errors tell what others said (`ForeignText`) from its own words. Of an engine that doesn't, every reason is taken
   * for somebody else's, and redacted.
   */
  readonly marksForeignText?: true;
  /** Begins a stack; resolves when the engine has taken it on. @throws STACK_EXISTS */
  readonly create: (request: StackRequest, signal: AbortSignal) => Promise<void>;
  /** Begins to make a stack what the request says. @throws STACK_NOT_FOUND, STACK_BUSY */
  readonly update: (request: StackRequest, signal: AbortSignal) => Promise<void>;
  /** Begins to remove a stack; one that isn't there is no error. @throws STACK_BUSY */
  readonly delete: (ref: StackRef, signal: AbortSignal) => Promise<void>;
  /** A stack with its outputs; null where there is none, or no more. */
  readonly show: (ref: StackRef, signal: AbortSignal) => Promise<Stack | null>;
  /** Many stacks of one project at a time, by name; what isn't there, or no more, is missing in the answer. */
  readonly statuses: (
    project: string,
    names: readonly string[],
    signal: AbortSignal,
  ) => Promise<ReadonlyMap<string, StackSummary>>;
  /** What happened last to a stack, newest first, at most `limits.stackEvents`; none where there is no stack. */
  readonly events: (ref: StackRef, signal: AbortSignal) => Promise<readonly StackEvent[]>;
  /** Ends what is kept open. */
  readonly close: () => Promise<void>;
}
