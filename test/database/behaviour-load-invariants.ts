import assert from 'node:assert/strict';
import { systemCaller } from '../../src/database/database.ts';
import type { Row } from '../../src/database/resource-row.ts';
import { rows, type SqlDriver, type SqlRow, sql } from '../../src/database/sql.ts';
import { isJsonObject, type Json } from '../../src/kernel/json.ts';
import { ADDRESSES, BANDWIDTH, TYPES, VLANS } from './behaviour-load-model.ts';
import { type Client, wholeList } from './helpers.ts';

/** Everything that is there, read when nobody writes. */
export interface Rest {
  readonly rows: ReadonlyMap<string, readonly Row[]>;
  readonly numbers: readonly SqlRow[];
  readonly counted: readonly SqlRow[];
  readonly children: readonly SqlRow[];
}

export async function readRest(client: Client, driver: SqlDriver): Promise<Rest> {
  const table = (name: string) => driver.readOne(() => rows(sql(`SELECT * FROM ${name}`)));
  const lists = TYPES.map(
    async (type) => [type, (await client.database.list(systemCaller, type, wholeList)).rows] as const,
  );
  return {
    rows: new Map(await Promise.all(lists)),
    numbers: await table('kamado_pool_numbers'),
    counted: await table('kamado_counted'),
    children: await table('kamado_children'),
  };
}

/** What has to hold whenever nobody writes. All but the first is computed from the rows, not from what is kept beside them. */
export function checkRest(rest: Rest): void {
  checkLedgers(rest);
  for (const line of of(rest, 'line')) checkLine(rest, line);
  for (const subnet of of(rest, 'subnet')) checkSubnet(rest, subnet);
  for (const router of of(rest, 'router')) checkRouter(rest, router);
  for (const gateway of of(rest, 'gateway')) checkGateway(rest, gateway);
  checkChildren(rest);
  for (const { id, body } of of(rest, 'port')) {
    const isComplete = /^(CREATE|UPDATE)_COMPLETE$/.test(String(body.orchestration_state));
    assert.ok(!isComplete || body.attached === true, `the pass of port ${id} was forgotten`);
  }
}

function of({ rows: byType }: Rest, type: string): readonly Row[] {
  return byType.get(type) ?? [];
}

function has(rest: Rest, type: Json | undefined, id: Json | undefined): boolean {
  return of(rest, String(type)).some((row) => row.id === id);
}

function checkLedgers(rest: Rest): void {
  for (const { type, id, number, holder_type, holder_id } of rest.numbers) {
    const what = `${number} of ${type} ${id}, held by ${holder_type} ${holder_id}`;
    assert.ok(has(rest, type, id) && has(rest, holder_type, holder_id), `left over: ${what}`);
    const reported = type === 'line' ? vlansOf(rest, String(id)) : addressesOf(rest, String(id));
    assert.ok(reported.get(Number(number)) === holder_id, `nobody says so: ${what}`);
  }
  for (const { type, id, holder_type, holder_id } of rest.counted) {
    assert.ok(
      has(rest, type, id) && has(rest, holder_type, holder_id),
      `left over: counted for ${holder_type} ${holder_id}`,
    );
  }
  for (const { parent_type, parent_id, child_type, child_id } of rest.children) {
    assert.ok(has(rest, parent_type, parent_id), `left over: child of ${parent_type} ${parent_id}`);
    assert.ok(has(rest, child_type, child_id), `left over: child ${child_type} ${child_id}`);
  }
}

/** Number → who says that it has it. Fails where two do. */
function distinct(
  reported: readonly (readonly [number: number, holder: string])[],
  what: string,
): ReadonlyMap<number, string> {
  const holders = new Map<number, string>();
  for (const [number, holder] of reported) {
    assert.ok(!holders.has(number), `${what} ${number} was handed out twice: to ${holders.get(number)} and ${holder}`);
    holders.set(number, holder);
  }
  return holders;
}

function vlansOf(rest: Rest, line: string): ReadonlyMap<number, string> {
  const takers = of(rest, 'gateway').filter(({ body }) => body.line_id === line && body.on !== false);
  for (const { id, body } of takers) assert.match(String(body.vlan_id), /^\d+$/, `gateway ${id} has no vlan`);
  return distinct(
    takers.map(({ id, body }) => [Number(body.vlan_id), id]),
    `vlan of ${line}`,
  );
}

function addressesOf(rest: Rest, subnet: string): ReadonlyMap<number, string> {
  const reported = of(rest, 'port').flatMap(({ id, body }) =>
    elements(body.fixed_ips).flatMap((element): [number, string][] => {
      if (element.subnet_id !== subnet) return [];
      assert.match(String(element.ip), /^10\.0\.0\.\d+$/, `port ${id} has no address`);
      return [[10 * 2 ** 24 + Number(String(element.ip).split('.')[3]), id]];
    }),
  );
  return distinct(reported, `address of ${subnet}`);
}

function elements(list: Json | undefined) {
  return (Array.isArray(list) ? list : []).filter(isJsonObject);
}

function checkLine(rest: Rest, { id, body }: Row): void {
  const reserved = new Set(
    String(body.reserved ?? '')
      .split(',')
      .map(Number),
  );
  const taken = vlansOf(rest, id);
  checkPool(`line ${id}`, body, VLANS, (number) => !reserved.has(number) && !taken.has(number));
  assert.equal(
    rest.numbers.filter((row) => row.type === 'line' && row.id === id).length,
    taken.size,
    `numbers of line ${id}`,
  );
}

function checkSubnet(rest: Rest, { id, body }: Row): void {
  const taken = addressesOf(rest, id);
  checkPool(`subnet ${id}`, body, ADDRESSES, (number) => !taken.has(10 * 2 ** 24 + number));
  assert.equal(
    rest.numbers.filter((row) => row.type === 'subnet' && row.id === id).length,
    taken.size,
    `numbers of ${id}`,
  );
}

function checkPool(
  what: string,
  body: Row['body'],
  { first, last }: typeof VLANS,
  isFree: (number: number) => boolean,
): void {
  const bits = Buffer.from(String(body.map), 'base64');
  assert.equal(bits.length, 4, `${what}, bits`);
  const numbers = Array.from({ length: 32 }, (_, i) => first + i);
  const shown = numbers.filter((_, i) => ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0);
  const free = numbers.filter((number) => number <= last && isFree(number));
  assert.deepEqual(shown, free, `${what}, bitmap`);
  assert.equal(body.free, free.length, `${what}, free`);
}

function gatewaysOf(rest: Rest, router: string): readonly Row[] {
  const lines = new Set(
    of(rest, 'line')
      .filter(({ body }) => body.router_id === router)
      .map(({ id }) => id),
  );
  return of(rest, 'gateway').filter(({ body }) => lines.has(String(body.line_id)));
}

function checkRouter(rest: Rest, { id, body }: Row): void {
  const takers = gatewaysOf(rest, id);
  const speed = takers.reduce((sum, { body: { mbit, on } }) => sum + (on === false ? 0 : Number(mbit ?? 0)), 0);
  const { free, gateways, bandwidth } = body;
  assert.deepEqual(
    { free, gateways, bandwidth },
    { free: Number(body.maximum) - takers.length, gateways: takers.length, bandwidth: BANDWIDTH - speed },
    `counters of router ${id}`,
  );
  const last = body.last ?? '';
  assert.ok(last === '' || takers.some((taker) => taker.id === last), `router ${id} names ${last}, which is not there`);
}

function checkGateway(rest: Rest, { id, body, markedForDeletion }: Row): void {
  const wantsPort = !markedForDeletion && body.dhcp === true;
  const ports = of(rest, 'port').filter((port) => port.body.gateway_id === id && !port.markedForDeletion);
  assert.equal(ports.length, wantsPort ? 1 : 0, `ports of gateway ${id}`);
  const routes = of(rest, 'route').filter((route) => route.body.gateway_id === id && !route.markedForDeletion);
  assert.equal(routes.length, markedForDeletion ? 0 : 1, `routes of gateway ${id}`);
  if (markedForDeletion) return;
  const port = ports[0]?.id ?? null;
  assert.equal(body.port_id ?? null, port, `link of gateway ${id}`);
  assert.equal(routes[0]?.body.port ?? null, port, `what the route of gateway ${id} knows`);
  if (port === null) return;
  assert.equal(ports[0]?.body.name, `port of ${body.name}`);
  assert.deepEqual(
    elements(ports[0]?.body.fixed_ips).map((element) => element.subnet_id ?? null),
    [body.subnet_id ?? null],
  );
  const logicals = of(rest, 'logical').filter((logical) => logical.body.port_id === port);
  assert.deepEqual(
    logicals.map((logical) => logical.body.name),
    [body.name],
    `logical port of ${port}`,
  );
}

/** Those that came along with somebody are nobody's, or are on their way out, when that one is gone. */
function checkChildren(rest: Rest): void {
  const alive = (type: string, id: Json | undefined) =>
    of(rest, type).some((row) => row.id === id && !row.markedForDeletion);
  for (const type of ['port', 'route']) {
    for (const { id, body, markedForDeletion } of of(rest, type)) {
      const parent = body.gateway_id ?? '';
      assert.ok(parent === '' || markedForDeletion || alive('gateway', parent), `${type} ${id} without its gateway`);
    }
  }
  for (const { id, body } of of(rest, 'logical'))
    assert.ok(alive('port', body.port_id), `logical ${id} without its port`);
}
