import { systemCaller } from '../../src/database/database.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import type { Random } from '../simulation/random.ts';
import type { Rest } from './behaviour-load-invariants.ts';
import { VLANS } from './behaviour-load-model.ts';
import type { Client } from './helpers.ts';

/** Something that is done at the same time as others. */
export interface PlannedOperation {
  readonly text: string;
  readonly run: (client: Client) => Promise<unknown>;
}

/** A failure of somebody else inside of a transaction. */
export class Interrupted extends Error {}

const GATEWAYS = 14;
const LINES = ['l0', 'l1', 'l2'];
const SUBNETS = ['s0', 's1'];
const TENANTS = ['t0', 't1'];

/** What everything begins with. */
export async function prepare(client: Client): Promise<void> {
  for (const id of ['r0', 'r1']) await client.create('router', id, { maximum: 9 });
  for (const [i, id] of LINES.entries()) await client.create('line', id, { router_id: `r${i % 2}`, reserved: '' });
  for (const id of SUBNETS) await client.create('subnet', id);
}

/** Plans an operation, of what was there at rest. */
export function plan(random: Random, rest: Rest, name: string): PlannedOperation {
  const kinds = [
    ...Array.from({ length: 6 }, () => createGateway),
    ...Array.from({ length: 5 }, () => updateGateway),
    ...Array.from({ length: 3 }, () => removeGateway),
    ...Array.from({ length: 7 }, () => report),
    createPort,
    updatePort,
    removeSomething,
    changeRouter,
    changeLine,
    interruptedTransaction,
    transaction,
  ];
  return random.pick(kinds)(random, rest, name);
}

type Planner = (random: Random, rest: Rest, name: string) => PlannedOperation;

const gatewayId = (random: Random): string => `g${random.integer(GATEWAYS)}`;

function gatewayBody(random: Random, name: string): JsonObject {
  return {
    name,
    line_id: random.pick(LINES),
    subnet_id: random.pick(SUBNETS),
    tenant_id: random.pick(TENANTS),
    mbit: random.integer(20),
    on: random.chance(0.8),
    dhcp: random.chance(0.6),
    ...(random.chance(0.2) ? { vlan_id: vlan(random) } : {}),
  };
}

const vlan = (random: Random): string => `${VLANS.first + random.integer(VLANS.last + 1)}`;

const createGateway: Planner = (random, _rest, name) => {
  const [id, body] = [gatewayId(random), gatewayBody(random, name)];
  return { text: `create gateway ${id} ${JSON.stringify(body)}`, run: (client) => client.create('gateway', id, body) };
};

const updateGateway: Planner = (random, _rest, name) => {
  const id = gatewayId(random);
  const whole = { ...gatewayBody(random, name), vlan_id: random.chance(0.5) ? null : vlan(random) };
  const patch = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== 'tenant_id' && random.chance(0.4)));
  return {
    text: `update gateway ${id} ${JSON.stringify(patch)}`,
    run: (client) => client.update('gateway', id, patch),
  };
};

const removeGateway: Planner = (random) => {
  const id = gatewayId(random);
  return { text: `remove gateway ${id}`, run: (client) => client.remove('gateway', id) };
};

/** What workers report: that it is done, or that it failed. */
const report: Planner = (random, { rows }) => {
  const waiting = [...rows.values()].flat().filter(({ stateVersion, configVersion }) => stateVersion < configVersion);
  if (waiting.length === 0) return { text: 'report nothing', run: async () => {} };
  const { type, id, configVersion, markedForDeletion } = random.pick(waiting);
  const verb = markedForDeletion ? 'DELETE' : configVersion === 1 ? 'CREATE' : 'MODIFY';
  if (random.chance(0.2)) {
    return { text: `report ${type} ${id} failed`, run: (client) => client.fail(type, id, configVersion) };
  }
  return {
    text: `report ${type} ${id} v${configVersion} ${verb}_COMPLETED`,
    run: (client) => client.succeed(type, id, configVersion, `${verb}_COMPLETED`),
  };
};

const createPort: Planner = (random) => {
  const id = `p${random.integer(6)}`;
  const fixed_ips = Array.from({ length: random.integer(3) }, () => ({ subnet_id: random.pick(SUBNETS) }));
  return {
    text: `create port ${id} ${JSON.stringify(fixed_ips)}`,
    run: (client) => client.create('port', id, { fixed_ips }),
  };
};

const updatePort: Planner = (random) => {
  const id = `p${random.integer(6)}`;
  const fixed_ips = Array.from({ length: random.integer(3) }, () => ({
    subnet_id: random.pick(SUBNETS),
    ...(random.chance(0.5) ? { ip: `10.0.0.${1 + random.integer(10)}` } : {}),
  }));
  return {
    text: `update port ${id} ${JSON.stringify(fixed_ips)}`,
    run: (client) => client.update('port', id, { fixed_ips }),
  };
};

/** Of what is there; what others need refuses. */
const removeSomething: Planner = (random, { rows }) => {
  const removable = [...rows.values()].flat().filter(({ type }) => ['port', 'route', 'line', 'router'].includes(type));
  if (removable.length === 0) return { text: 'remove nothing', run: async () => {} };
  const { type, id, body } = random.pick(removable);
  return {
    text: `remove ${type} ${id}`,
    run: async (client) => {
      if ((await client.remove(type, id)) === 'removed' && type === 'line') {
        const { router_id = null, reserved = null } = body;
        await client.create('line', id, { router_id, reserved });
      }
    },
  };
};

const changeRouter: Planner = (random) => {
  const [id, maximum] = [`r${random.integer(2)}`, 4 + random.integer(8)];
  return { text: `update router ${id} ${maximum}`, run: (client) => client.update('router', id, { maximum }) };
};

const changeLine: Planner = (random) => {
  const [id, reserved] = [random.pick(LINES), Array.from({ length: random.integer(3) }, () => vlan(random)).join(',')];
  return { text: `update line ${id} reserved ${reserved}`, run: (client) => client.update('line', id, { reserved }) };
};

/** A hook that fails when it has written. */
const interruptedTransaction: Planner = (random, _rest, name) => {
  const writes = twoWrites(random, name);
  return {
    text: `${writes.text}, and fail`,
    run: ({ database }) =>
      database.transaction(systemCaller, function* (tx) {
        yield* writes.unit(tx);
        throw new Interrupted();
      }),
  };
};

const transaction: Planner = (random, _rest, name) => {
  const writes = twoWrites(random, name);
  return { text: writes.text, run: ({ database }) => database.transaction(systemCaller, writes.unit) };
};

type TransactionUnit = Parameters<Client['database']['transaction']>[1];

function twoWrites(random: Random, name: string): { readonly text: string; readonly unit: TransactionUnit } {
  const made = gatewayId(random);
  const changed = random.chance(0.8) ? made : gatewayId(random);
  const body = gatewayBody(random, name);
  const patch = {
    dhcp: random.chance(0.5),
    name,
    ...(changed === made ? {} : { line_id: random.pick(LINES), vlan_id: null }),
  };
  return {
    text: `in one: create gateway ${made} ${JSON.stringify(body)}, update ${changed} ${JSON.stringify(patch)}`,
    unit: function* (tx) {
      yield* tx.create('gateway', { ...body, id: made });
      return yield* tx.update('gateway', changed, patch);
    },
  };
}
