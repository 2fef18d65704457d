import { isJsonObject, type JsonObject } from '../kernel/index.ts';

/** An input that is read from a related resource: `field` of the row that the own property `relation` refers to. */
export interface RelatedInput {
  /**
   * A top-level property of the type that holds the id: a relation or, with `type`, any property that rows are looked
   * up by.
   */
  readonly relation: string;
  /** The related type if the schema declares no relation. Otherwise null. */
  readonly type: string | null;
  /** A property of the related type. */
  readonly field: string;
}

/** The values that a rule accepts for one input. */
export interface Matcher {
  readonly values: readonly string[];
  /** Accepts everything but `values`. */
  readonly negated: boolean;
}

/** A rule that sets `status` if every input matches. null leaves it unchanged. */
export interface StatusRule {
  readonly when: ReadonlyMap<string, Matcher>;
  readonly status: string | null;
}

/**
 * The rules by which a type's status follows from the known facts about a resource: data, which only `evaluateStatus`
 * evaluates. Inputs that every machine has: orchestration_state, operational_state, current_status.
 */
export interface StatusMachine {
  readonly name: string;
  /** The property that holds the status. */
  readonly field: string;
  /** Input name → its source. When such a field changes, the rows that refer to it are evaluated again. */
  readonly inputs: ReadonlyMap<string, RelatedInput>;
  /** The first matching rule wins. If none matches, the status is unchanged. */
  readonly rules: readonly StatusRule[];
}

/** The input of a status besides related rows: the fixed columns of a row. */
export interface StatusRow {
  readonly configVersion: number;
  readonly stateVersion: number;
  readonly markedForDeletion: boolean;
  /** The error of the last state, or '' if it succeeded. */
  readonly stateError: string;
  /** The last state's `state`, or null. */
  readonly state: JsonObject | null;
  readonly monitoringVersion: number;
  readonly monitoring: JsonObject | null;
}

/** The value of each input by name. An absent one counts as 'undefined', as in the recordings. */
export type StatusFacts = { readonly [input: string]: string };

const UNDEFINED = 'undefined';

/**
 * The facts of a row that every machine has. `monitored`: whether the type has the property operational_state. The
 * caller, who can read related rows, adds the inputs that the machine declares.
 */
export function statusFacts(row: StatusRow, monitored: boolean, currentStatus: string): StatusFacts {
  const orchestration_state = orchestrationStateOf(row);
  if (!monitored) return { orchestration_state, current_status: currentStatus };
  return { orchestration_state, operational_state: observedStateOf(row), current_status: currentStatus };
}

/** The observed state of the current version. INIT if only an earlier version was observed, NO_STATE if none was. */
function observedStateOf({ configVersion, monitoringVersion, monitoring }: StatusRow): string {
  if (monitoringVersion === configVersion) return operationalStateOf(monitoring);
  return monitoringVersion > 0 ? 'INIT' : 'NO_STATE';
}

/**
 * The orchestration state of a row. It depends on its versions alone, so that two evaluations give the same: a version
 * that waits for its state is <ACTION>_IN_PROGRESS; otherwise the state of the current version decides.
 */
export function orchestrationStateOf(row: StatusRow): string {
  if (row.stateVersion < row.configVersion) {
    if (row.markedForDeletion) return 'DELETE_IN_PROGRESS';
    return row.configVersion === 1 ? 'CREATE_IN_PROGRESS' : 'UPDATE_IN_PROGRESS';
  }
  return reportedState(row.state ?? {}, row.stateError);
}

const stateOfWorker = new Map([
  ['READ_COMPLETE', 'SYNC_COMPLETE'],
  ['CREATE_COMPLETED', 'CREATE_COMPLETE'],
  ['MODIFY_COMPLETED', 'UPDATE_COMPLETE'],
  ['DELETE_COMPLETED', 'DELETE_COMPLETE'],
]);

/**
 * The orchestration state in a state record: its own orchestration_state, otherwise derived from worker_state (the 2017
 * form).
 */
function reportedState(state: JsonObject, error: string): string {
  const own = state.orchestration_state;
  const reported = typeof own === 'string' && own !== '' ? own : null;
  if (error !== '') return reported?.endsWith('_ERROR') ? reported : 'ERROR';
  return reported ?? stateOfWorker.get(String(state.worker_state)) ?? UNDEFINED;
}

const healthy = new Set(['UP', 'ACTIVE', 'ESTABLISHED', 'MASTER', 'BACKUP']);

/**
 * The operational state in a monitoring record: FAIL or DOWN if any part has it, UP if every part is healthy, NO_STATE
 * without parts or with other values.
 */
export function operationalStateOf(monitoring: JsonObject | null): string {
  const observed = Object.entries(monitoring ?? {})
    .filter(([name]) => name !== 'version')
    .flatMap(([, part]) => (isJsonObject(part) ? Object.values(part) : [part]))
    .map((part) => String(part).toUpperCase());
  if (observed.includes('FAIL')) return 'FAIL';
  if (observed.includes('DOWN')) return 'DOWN';
  return observed.length > 0 && observed.every((part) => healthy.has(part)) ? 'UP' : 'NO_STATE';
}

/** Returns the status for the facts, or null if it stays as it is. Pure. */
export function evaluateStatus(machine: StatusMachine, facts: StatusFacts): string | null {
  const rule = machine.rules.find(({ when }) =>
    [...when].every(([input, matcher]) => matcher.values.includes(factOf(facts, input)) !== matcher.negated),
  );
  return rule === undefined || rule.status === factOf(facts, 'current_status') ? null : rule.status;
}

function factOf(facts: StatusFacts, input: string): string {
  return (Object.hasOwn(facts, input) ? facts[input] : undefined) ?? UNDEFINED;
}
