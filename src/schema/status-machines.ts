import { didYouMean, isJsonObject, type Json, type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import type { Matcher, RelatedInput, StatusMachine, StatusRule } from './status-machine.ts';

const errors = ['ERROR', 'CREATE_ERROR', 'UPDATE_ERROR', 'MODIFY_ERROR', 'DELETE_ERROR'];
const complete = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'SYNC_COMPLETE'];

/** The rules that both generations share: a failure becomes visible, a deletion stays pending until the row is gone. */
const common: readonly StatusRule[] = [
  rule({ orchestration_state: errors }, 'ERROR'),
  rule({ orchestration_state: ['DELETE_IN_PROGRESS', 'DELETE_COMPLETE'] }, 'PENDING_DELETE'),
  rule({ orchestration_state: ['CREATE_IN_PROGRESS'] }, 'PENDING_CREATE'),
  // A row that was never active stays PENDING_CREATE when it is updated, as recorded.
  rule({ orchestration_state: ['UPDATE_IN_PROGRESS'], current_status: ['PENDING_CREATE'] }, null),
  rule({ orchestration_state: ['UPDATE_IN_PROGRESS'] }, 'PENDING_UPDATE'),
];

/** The machine of 2017: a successful state makes the resource active (compatibility S4). */
const machine2017: StatusMachine = {
  name: '2017',
  field: 'status',
  inputs: new Map(),
  rules: [...common, rule({ orchestration_state: complete }, 'ACTIVE')],
};

/** The machine of 2018 and after: monitored types wait for the result of monitoring. */
const machine2018: StatusMachine = {
  name: '2018',
  field: 'status',
  inputs: new Map(),
  rules: [
    ...common,
    rule({ orchestration_state: complete, operational_state: ['FAIL'] }, 'MONITORING_UNAVAILABLE'),
    rule({ orchestration_state: complete, operational_state: ['DOWN'] }, 'DOWN'),
    rule({ orchestration_state: complete, operational_state: ['UP', 'undefined'] }, 'ACTIVE'),
    // No handler works on it, so it is never monitored.
    rule({ orchestration_state: ['SYNC_COMPLETE'] }, 'ACTIVE'),
  ],
};

/** The machines that a schema can name. */
export const builtInMachines: ReadonlyMap<string, StatusMachine> = new Map([
  [machine2017.name, machine2017],
  [machine2018.name, machine2018],
]);

/** Inputs that every machine has. */
export const builtInInputs: readonly string[] = ['orchestration_state', 'operational_state', 'current_status'];

/**
 * Parses the machine that `metadata.status_machine` declares: the name of a built-in one, or `{extends?, inputs?,
 * rules?}` whose rules come before those of the machine that it extends.
 * @throws SCHEMA_INVALID with all faults; pointers are relative to the declaration
 */
export function parseStatusMachine(source: Json, place: string): StatusMachine {
  const faults: { pointer: string; reason: string }[] = [];
  const machine = read(source, place, (pointer, reason) => faults.push({ pointer, reason }));
  if (faults.length === 0) return machine;
  const text = faults.map(({ pointer, reason }) => `${place}${pointer}: ${reason}`).join('\n');
  throw kamadoError('SCHEMA_INVALID', { count: faults.length, faults: text }, { faults });
}

type Report = (pointer: string, reason: string) => void;

function read(source: Json, place: string, report: Report): StatusMachine {
  if (typeof source === 'string') return builtIn(source, '', report);
  if (!isJsonObject(source)) {
    report('', 'the name of a machine or an object is expected');
    return machine2017;
  }
  for (const key of Object.keys(source)) {
    if (!['extends', 'inputs', 'rules'].includes(key)) report(`/${key}`, 'unknown key');
  }
  const base = source.extends === undefined ? undefined : builtIn(source.extends, '/extends', report);
  const inputs = readInputs(source.inputs ?? {}, report);
  const known = new Set([...builtInInputs, ...inputs.keys()]);
  const rules = readRules(source.rules ?? [], known, report);
  if (base === undefined && rules.length === 0) report('', 'extends or rules are needed');
  return { name: place, field: 'status', inputs, rules: [...rules, ...(base?.rules ?? [])] };
}

function builtIn(name: Json, pointer: string, report: Report): StatusMachine {
  const machine = typeof name === 'string' ? builtInMachines.get(name) : undefined;
  if (machine === undefined) report(pointer, `unknown machine; there are ${[...builtInMachines.keys()].join(', ')}`);
  return machine ?? machine2017;
}

function readInputs(source: Json, report: Report): ReadonlyMap<string, RelatedInput> {
  const inputs = new Map<string, RelatedInput>();
  if (!isJsonObject(source)) report('/inputs', 'an object is expected');
  for (const [name, input] of Object.entries(isJsonObject(source) ? source : {})) {
    if (builtInInputs.includes(name)) report(`/inputs/${name}`, 'every machine has this input');
    else if (isJsonObject(input) && typeof input.relation === 'string' && typeof input.field === 'string') {
      const type = typeof input.type === 'string' ? input.type : null;
      inputs.set(name, { relation: input.relation, field: input.field, type });
    } else report(`/inputs/${name}`, '{relation, field} is expected, or {relation, field, type}');
  }
  return inputs;
}

function readRules(source: Json, known: ReadonlySet<string>, report: Report): readonly StatusRule[] {
  if (!Array.isArray(source) || source.length > limits.statusRules) {
    report('/rules', `a list of at most ${limits.statusRules} rules is expected`);
    return [];
  }
  return source.map((entry: Json, i) => readRule(entry, `/rules/${i}`, known, report));
}

function readRule(source: Json, pointer: string, known: ReadonlySet<string>, report: Report): StatusRule {
  const entry: JsonObject = isJsonObject(source) ? source : {};
  const { when, status } = entry;
  if (!isJsonObject(when) || !(status === null || (typeof status === 'string' && status !== ''))) {
    report(pointer, '{when: {input: values}, status: text or null} is expected');
    return rule({}, null);
  }
  const matchers = new Map<string, Matcher>();
  for (const [input, expected] of Object.entries(when)) {
    if (!known.has(input)) report(`${pointer}/when/${input}`, `no such input${didYouMean(input, [...known])}`);
    const matcher = readMatcher(expected);
    if (matcher === null) report(`${pointer}/when/${input}`, 'a text, a list of texts or {not: …} is expected');
    else matchers.set(input, matcher);
  }
  return { when: matchers, status };
}

function readMatcher(source: Json): Matcher | null {
  if (isJsonObject(source)) {
    const inner = Object.keys(source).join() === 'not' ? readMatcher(source.not ?? null) : null;
    return inner === null || inner.negated ? null : { ...inner, negated: true };
  }
  const values: readonly Json[] = Array.isArray(source) ? source : [source];
  const texts = values.filter((value) => typeof value === 'string');
  return texts.length === values.length ? { values: texts, negated: false } : null;
}

function rule(when: { readonly [input: string]: readonly string[] }, status: string | null): StatusRule {
  const matchers = Object.entries(when).map(([input, values]) => [input, { values, negated: false }] as const);
  return { when: new Map(matchers), status };
}
