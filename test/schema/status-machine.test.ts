import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import {
  evaluateStatus,
  operationalStateOf,
  orchestrationStateOf,
  type StatusMachine,
  type StatusRow,
  statusFacts,
} from '../../src/schema/status-machine.ts';
import { parseStatusMachine } from '../../src/schema/status-machines.ts';
import { listOf, objectOf, readJson, skipWithoutTraces } from './recordings.ts';

const complete = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'SYNC_COMPLETE'];

/** The recorded machines that look at related resources, as a schema would declare them. */
const declared: { readonly [machine: string]: Json } = {
  baremetal_port_state_machine: waitingFor('ese_logical_port_status'),
  gw_state_machine: waitingFor('ha_interface_status'),
  ha_interface_state_machine: waitingFor('primary_interface_status', 'secondary_interface_status'),
  ha_router_state_machine: waitingFor('primary_router_status', 'secondary_router_status'),
};

/** The machine of 2018 that leaves the status as it is until all inputs are ACTIVE. */
function waitingFor(...inputs: readonly string[]): Json {
  return {
    extends: '2018',
    inputs: Object.fromEntries(inputs.map((input) => [input, { relation: `${input}_id`, field: 'status' }])),
    rules: inputs.map((input) => ({
      when: { orchestration_state: complete, [input]: { not: 'ACTIVE' } },
      status: null,
    })),
  };
}

test('every recorded row of the state machines', { skip: skipWithoutTraces }, () => {
  let evaluations = 0;
  let withRelated = 0;
  for (const row of listOf(readJson('state_machine.json')).map(objectOf)) {
    const machine = parseStatusMachine(declared[String(row.machine)] ?? '2018', 'test');
    const inputs = Object.fromEntries(
      Object.entries(objectOf(row.inputs)).map(([name, value]) => [name, String(value)]),
    );
    const [expected] = Object.keys(objectOf(row.status));
    const seen = Object.keys(objectOf(row.from));
    // where nothing changed the recording doesn't say the status before: it was the one that is expected of none
    for (const current_status of seen.length > 0 ? seen : ['PENDING_CREATE']) {
      const status = evaluateStatus(machine, { ...inputs, current_status });
      assert.equal(status ?? '(unchanged)', expected, JSON.stringify([row.machine, inputs, current_status]));
      evaluations++;
      if (machine.inputs.size > 0) withRelated++;
    }
  }
  assert.deepEqual({ evaluations, withRelated }, { evaluations: 54, withRelated: 18 });
});

const fresh: StatusRow = {
  configVersion: 1,
  stateVersion: 0,
  markedForDeletion: false,
  stateError: '',
  state: null,
  monitoringVersion: 0,
  monitoring: null,
};

function statusAfter(machine: StatusMachine, row: Partial<StatusRow>, current: string, monitored = false): string {
  return evaluateStatus(machine, statusFacts({ ...fresh, ...row }, monitored, current)) ?? current;
}

test('orchestration states follow from the versions and the last state', () => {
  const of = (row: Partial<StatusRow>) => orchestrationStateOf({ ...fresh, ...row });
  const at = { configVersion: 2, stateVersion: 2 };
  assert.equal(of({}), 'CREATE_IN_PROGRESS');
  assert.equal(of({ configVersion: 2, stateVersion: 1 }), 'UPDATE_IN_PROGRESS');
  assert.equal(of({ configVersion: 2, stateVersion: 1, markedForDeletion: true }), 'DELETE_IN_PROGRESS');
  assert.equal(of({ ...at, state: { worker_state: 'READ_COMPLETE' } }), 'SYNC_COMPLETE');
  assert.equal(of({ ...at, state: { worker_state: 'CREATE_COMPLETED' } }), 'CREATE_COMPLETE');
  assert.equal(of({ ...at, state: { worker_state: 'MODIFY_COMPLETED' } }), 'UPDATE_COMPLETE');
  assert.equal(of({ ...at, state: { worker_state: 'DELETE_COMPLETED' } }), 'DELETE_COMPLETE');
  const own = { worker_state: 'CREATE_COMPLETED', orchestration_state: 'UPDATE_COMPLETE' };
  assert.equal(of({ ...at, state: own }), 'UPDATE_COMPLETE');
  assert.equal(of({ ...at, state: {}, stateError: 'x' }), 'ERROR');
  assert.equal(of({ ...at, state: { orchestration_state: 'MODIFY_ERROR' }, stateError: 'x' }), 'MODIFY_ERROR');
  assert.equal(of({ ...at, state: { worker_state: 'constructor' } }), 'undefined');
});

test('operational states follow from the monitoring record', () => {
  const cases: readonly (readonly [JsonObject | null, string])[] = [
    [null, 'NO_STATE'],
    [{ version: 1 }, 'NO_STATE'],
    [{ version: 1, vmi: 'UP' }, 'UP'],
    [{ version: 2, vmi: 'FAIL' }, 'FAIL'],
    [{ version: 1, status: { primary: 'MASTER', secondary: 'BACKUP' } }, 'UP'],
    [{ version: 1, primary: 'ESTABLISHED', secondary: 'ESTABLISHED' }, 'UP'],
    [{ version: 1, status: { primary: 'UP', secondary: 'DOWN' } }, 'DOWN'],
    [{ version: 1, status: { primary: 'UP', secondary: 'INIT' } }, 'NO_STATE'],
  ];
  for (const [monitoring, expected] of cases) assert.equal(operationalStateOf(monitoring), expected);
});

test('what was observed of an earlier version begins again; what nobody ever looked at stays without a state', () => {
  const machine = parseStatusMachine('2018', 'test');
  const seen = { monitoringVersion: 1, monitoring: { vmi: 'UP' } };
  const of = (row: Partial<StatusRow>) => statusFacts({ ...fresh, ...row }, true, 'ACTIVE').operational_state;
  assert.deepEqual([of(seen), of({ ...seen, configVersion: 2 }), of({ configVersion: 2 })], ['UP', 'INIT', 'NO_STATE']);
  const updated = { ...seen, configVersion: 2, stateVersion: 2, state: { worker_state: 'MODIFY_COMPLETED' } };
  assert.equal(statusAfter(machine, updated, 'PENDING_UPDATE', true), 'PENDING_UPDATE');
  assert.equal(statusAfter(machine, { ...updated, monitoringVersion: 2 }, 'PENDING_UPDATE', true), 'ACTIVE');
});

test('2017: from POST to ACTIVE, an update, a failure and a deletion', () => {
  const machine = parseStatusMachine('2017', 'test');
  assert.equal(statusAfter(machine, {}, 'NO_STATE'), 'PENDING_CREATE');
  const done = { configVersion: 2, stateVersion: 2, state: { worker_state: 'CREATE_COMPLETED' } };
  assert.equal(statusAfter(machine, { ...done, configVersion: 2 }, 'PENDING_CREATE'), 'ACTIVE');
  assert.equal(statusAfter(machine, { ...done, configVersion: 3 }, 'ACTIVE'), 'PENDING_UPDATE');
  assert.equal(statusAfter(machine, { ...done, configVersion: 3 }, 'ERROR'), 'PENDING_UPDATE');
  assert.equal(statusAfter(machine, { ...done, configVersion: 3 }, 'PENDING_CREATE'), 'PENDING_CREATE');
  assert.equal(statusAfter(machine, { ...done, stateError: 'broken' }, 'PENDING_UPDATE'), 'ERROR');
  const marked = { ...done, configVersion: 3, markedForDeletion: true };
  assert.equal(statusAfter(machine, marked, 'ACTIVE'), 'PENDING_DELETE');
});

test('2018: a monitored type waits for what monitoring sees of its current version', () => {
  const machine = parseStatusMachine('2018', 'test');
  const created = { stateVersion: 1, state: { orchestration_state: 'CREATE_COMPLETE' } };
  assert.equal(statusAfter(machine, created, 'PENDING_CREATE', false), 'ACTIVE');
  assert.equal(statusAfter(machine, created, 'PENDING_CREATE', true), 'PENDING_CREATE');
  const seen = (value: string, monitoringVersion = 1) => ({
    ...created,
    monitoringVersion,
    monitoring: { port: value },
  });
  assert.equal(statusAfter(machine, seen('UP'), 'PENDING_CREATE', true), 'ACTIVE');
  assert.equal(statusAfter(machine, seen('FAIL'), 'ACTIVE', true), 'MONITORING_UNAVAILABLE');
  assert.equal(statusAfter(machine, seen('DOWN'), 'ACTIVE', true), 'DOWN');
  assert.equal(statusAfter(machine, seen('UP', 0), 'PENDING_CREATE', true), 'PENDING_CREATE');
  const deleting = { ...seen('UP', 2), configVersion: 2, markedForDeletion: true };
  assert.equal(statusAfter(machine, deleting, 'ACTIVE', true), 'PENDING_DELETE');
  const unworked = { stateVersion: 1, state: { worker_state: 'READ_COMPLETE' } };
  assert.equal(statusAfter(machine, unworked, 'PENDING_CREATE', true), 'ACTIVE');
});

test('evaluating again with the status that came out changes nothing', () => {
  for (const name of ['2017', '2018']) {
    const machine = parseStatusMachine(name, 'test');
    for (const configVersion of [1, 2]) {
      for (const stateVersion of [0, 1, 2]) {
        for (const monitored of [false, true]) {
          const row = { configVersion, stateVersion, state: { worker_state: 'CREATE_COMPLETED' } };
          const once = statusAfter(machine, row, 'NO_STATE', monitored);
          assert.equal(statusAfter(machine, row, once, monitored), once);
        }
      }
    }
  }
});

test('a declared machine names all of its faults', () => {
  assert.throws(
    () =>
      parseStatusMachine(
        {
          extends: '2020',
          extra: 1,
          inputs: { a: { relation: 'x' }, current_status: { relation: 'x', field: 'y' } },
          rules: [{ when: { b: 'X' }, status: 'Y' }, { when: { current_status: 7 }, status: 'Y' }, { status: 'Y' }],
        },
        'test',
      ),
    (error) => {
      assert.ok(isKamadoError(error, 'SCHEMA_INVALID'));
      assert.deepEqual(
        error.faults.map((fault) => fault.pointer),
        [
          '/extra',
          '/extends',
          '/inputs/a',
          '/inputs/current_status',
          '/rules/0/when/b',
          '/rules/1/when/current_status',
          '/rules/2',
        ],
      );
      return true;
    },
  );
});
