import type { Json, JsonObject } from '../../kernel/index.ts';
import type { Position } from '../../schema/index.ts';

/** The expected behaviour of a catalogue, step by step, on a system of its own that holds nothing else. */
export interface Example {
  readonly name: string;
  readonly file: string;
  readonly steps: readonly ExampleStep[];
}

/** A step with its line, for reports of failures. */
export interface ExampleStep {
  /** 'step 3', 'given 1'. */
  readonly label: string;
  readonly position: Position | null;
  readonly action: StepAction;
}

/** The expected answer: a body with these properties, or a refusal. */
export interface Answered {
  readonly expect: JsonObject | null;
  /** The code of the error, POOL_EXHAUSTED; null: it succeeds. */
  readonly refused: string | null;
  /** A text that the error must contain as well. */
  readonly because: string | null;
}

/** The action or expectation of a step. `of` and `as` are names that the example gives to resources. */
export type StepAction =
  | ({
      readonly kind: 'create';
      readonly type: string;
      readonly as: string | null;
      readonly body: JsonObject;
    } & Answered)
  | ({ readonly kind: 'update'; readonly of: string; readonly body: JsonObject } & Answered)
  | ({ readonly kind: 'delete'; readonly of: string } & Omit<Answered, 'expect'>)
  | ({
      readonly kind: 'action';
      readonly type: string | null;
      readonly of: string | null;
      readonly name: string;
      readonly input: JsonObject;
    } & Answered)
  | FedState
  | { readonly kind: 'monitoring'; readonly of: string; readonly version: number | null; readonly values: JsonObject }
  /** All work that waits for a worker succeeds. */
  | { readonly kind: 'settle' }
  | ExpectedResource
  | { readonly kind: 'gone'; readonly of: string }
  | { readonly kind: 'find'; readonly type: string; readonly where: JsonObject; readonly as: string }
  | ExpectedList;

/** The state that a worker would report. */
export interface FedState {
  readonly kind: 'state';
  readonly of: string;
  /** The version; null: the current one. */
  readonly version: number | null;
  /** The error; '' if the work succeeded. */
  readonly error: string;
  /** Further members of the state. */
  readonly state: JsonObject;
}

export interface ExpectedResource {
  readonly kind: 'expect';
  readonly of: string;
  readonly body: JsonObject;
  readonly version: number | null;
}

export interface ExpectedList {
  readonly kind: 'list';
  readonly type: string;
  readonly where: JsonObject;
  readonly count: number | null;
  readonly bodies: readonly Json[];
}
