import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { systemCaller } from '../../src/database/database.ts';
import type { Row } from '../../src/database/resource-row.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { wholeList } from '../database/helpers.ts';
import { shippedFolder } from '../schema/catalog-files.ts';
import { type HookedApi, makeFirewall, startHooked } from './hooks-application.ts';
import { firewallCatalog, hooksOf } from './hooks-catalog.ts';

const AT_ONCE = 16;

/** What hooks read in a transaction they may rely on, on every database. */
export function isolationContract(
  name: string,
  openDriver: () => Promise<SqlDriver>,
  options: { readonly skip?: string | false } = {},
): void {
  const start = async (t: TestContext, hooks: { readonly [file: string]: string }) =>
    await startHooked(t, firewallCatalog(t, hooks), { driver: await openDriver() });

  test(`${name}: the first hook of the guide keeps its limit, and serials differ`, options, async (t) => {
    const api = await start(t, { 'firewalls.ts': firstHookOfGuide() });
    for (const site of ['a', 'b'])
      assert.equal((await api.send('POST', '/v2.0/sites', { id: site, name: site })).status, 201);
    const order = (site: string) => (_: unknown, i: number) =>
      api.send('POST', '/v2.0/firewalls', { id: `${site}${i}`, name: 'f', site_id: site });
    const answers = await Promise.all(['a', 'b'].flatMap((site) => Array.from({ length: 12 }, order(site))));
    assert.deepEqual(statuses(answers), { 201: 6, 409: 18 });
    const serials = await valuesOf(api, 'firewall', 'serial');
    assert.deepEqual(serials.toSorted(), ['a-1', 'a-2', 'a-3', 'b-1', 'b-2', 'b-3']);
  });

  test(`${name}: of ${AT_ONCE} that count on from what was there none is lost`, options, async (t) => {
    const counting = `
      pre_update_in_transaction({ previous }) { return { reboots: previous.reboots + 1 }; },
      *post_update_in_transaction({ resource, tx }) {
        const site = yield* tx.get('site', resource.site_id);
        yield* tx.update('site', site.id, { firewalls: site.body.firewalls + 1 });
      },
      actions: {
        async close_all({ transaction }) {
          await transaction(function* (tx) {
            const site = yield* tx.get('site', 'a');
            yield* tx.update('site', 'a', { firewalls: site.body.firewalls + 1 });
          });
          return { closed: 1 };
        },
      },`;
    const api = await startHooked(t, firewallCatalog(t, { 'actions.ts': otherActions(counting) }), {
      driver: await openDriver(),
    });
    await api.send('POST', '/v2.0/sites', { id: 'a', name: 'a' });
    for (const id of ['f', 'g']) await makeFirewall(api, { id, site_id: 'a' });
    const ask = [
      (i: number) => api.send('PUT', '/v2.0/firewalls/f', { name: `f${i}` }),
      (i: number) => api.send('PATCH', '/v2.0/firewalls/g', { name: `g${i}` }),
      () => api.send('POST', '/v2.0/firewalls/close_all'),
    ];
    const answers = await Promise.all(ask.flatMap((one) => Array.from({ length: AT_ONCE }, (_, i) => one(i))));
    assert.deepEqual(statuses(answers), { 200: 3 * AT_ONCE });
    const rows = [
      await api.database.get(systemCaller, 'firewall', 'f'),
      await api.database.get(systemCaller, 'firewall', 'g'),
      await api.database.get(systemCaller, 'site', 'a'),
    ];
    const counted = [rows[0]?.body.reboots, rows[1]?.body.reboots, rows[2]?.body.firewalls];
    assert.deepEqual(counted, [AT_ONCE, AT_ONCE, 3 * AT_ONCE]);
    assert.equal(rows[0]?.configVersion, 1 + AT_ONCE);
  });

  test(`${name}: a state and requests at once do not lose what hooks make of them`, options, async (t) => {
    const noting = `
      *post_state_update_in_transaction({ resource, tx }) {
        const site = yield* tx.get('site', resource.site_id);
        yield* tx.update('site', site.id, { firewalls: site.body.firewalls + 100 });
      },
      *post_create_in_transaction({ resource, tx }) {
        const all = yield* tx.list('firewall', { site_id: resource.site_id });
        const site = yield* tx.get('site', resource.site_id);
        yield* tx.update('site', site.id, { firewalls: Math.floor(site.body.firewalls / 100) * 100 + all.length });
      },`;
    const api = await start(t, { 'hooks.ts': hooksOf(noting) });
    await api.send('POST', '/v2.0/sites', { id: 'a', name: 'a' });
    for (let i = 0; i < 6; i++) await makeFirewall(api, { id: `f${i}`, site_id: 'a' });
    const state = { version: 1, error: '', state: { worker_state: 'CREATE_COMPLETED' } };
    await Promise.all([
      ...Array.from({ length: 6 }, (_, i) => api.database.applyState('firewall', `f${i}`, state)),
      ...Array.from({ length: 6 }, (_, i) => makeFirewall(api, { id: `g${i}`, site_id: 'a' })),
    ]);
    assert.equal((await api.database.get(systemCaller, 'site', 'a'))?.body.firewalls, 612);
  });

  test(`${name}: a refusal counts: what was there is still there when it answers`, options, async (t) => {
    const absent = `
      *pre_create_in_transaction({ resource, tx }) {
        const named = (yield* tx.list('firewall', {})).filter(({ body }) => body.name === resource.name);
        if (named.length > 0) throw refuse({ status: 409, code: 'NAME_TAKEN', message: 'Taken.', remedy: 'Another.' });
      },
      *pre_update_in_transaction({ resource, tx }) {
        const named = (yield* tx.list('firewall', { name: resource.name })).filter(({ id }) => id !== resource.id);
        if (named.length > 0) throw refuse({ status: 409, code: 'NAME_TAKEN', message: 'Taken.', remedy: 'Another.' });
      },`;
    const api = await start(t, { 'hooks.ts': hooksOf(absent) });
    const created = await Promise.all(
      Array.from({ length: AT_ONCE }, (_, i) =>
        api.send('POST', '/v2.0/firewalls', { id: `f${i}`, name: `n${i % 4}` }),
      ),
    );
    assert.deepEqual(statuses(created), { 201: 4, 409: AT_ONCE - 4 });
    const ids = await valuesOf(api, 'firewall', 'id');
    const renamed = await Promise.all(ids.map((id) => api.send('PUT', `/v2.0/firewalls/${id}`, { name: 'same' })));
    assert.deepEqual(statuses(renamed), { 200: 1, 409: 3 });
    const names = await valuesOf(api, 'firewall', 'name');
    assert.equal(new Set(names).size, 4);
  });

  test(
    `${name}: interfaces of the firewall that ships are all told, however many change at once`,
    options,
    async (t) => {
      const folder = mkdtempSync(join(tmpdir(), 'kamado-firewall-'));
      t.after(() => rmSync(folder, { recursive: true, force: true }));
      cpSync(shippedFolder, join(folder, 'catalogs'), { recursive: true });
      const api = await startHooked(t, join(folder, 'catalogs', 'firewall'), { driver: await openDriver() });
      const { offices, wall } = await orderFirewall(api);
      const { rows } = await api.database.list(systemCaller, 'firewall_interface', wholeList);
      const users = rows.filter(({ body }) => body.type === 'user');
      const answers = await Promise.all(
        users.map(({ id }, i) => api.send('PUT', `/v2.0/firewall_interfaces/${id}`, { network_id: offices[i] })),
      );
      assert.deepEqual(statuses(answers), { 200: offices.length });
      const reported = networksOf(await api.database.get(systemCaller, 'firewall', wall));
      assert.deepEqual(
        reported.map(({ type, ifname }) => [type, ifname]),
        ['dp0s4', 'dp0s5', 'dp0s6', 'dp0s7', 'dp0s8'].map((one) => ['static', one]),
      );
      const [machine = null] = (await api.database.list(systemCaller, 'vnf_instance', wholeList)).rows;
      const ports = networksOf(machine).map(({ port }) => String(port));
      assert.deepEqual(ports.toSorted(), (await valuesOf(api, 'vnf_interface', 'port_id')).toSorted());
    },
  );
}

function networksOf(row: Row | null): readonly JsonObject[] {
  const networks: Json = row?.body.networks ?? null;
  return (Array.isArray(networks) ? networks : []).filter((one) => isJsonObject(one));
}

/** The text of the first module of the guide. */
function firstHookOfGuide(): string {
  const guide = readFileSync(join(process.cwd(), 'docs/hooks.md'), 'utf8');
  const [, text = ''] = /## A first hook[\s\S]*?```ts\n([\s\S]*?)```/.exec(guide) ?? [];
  assert.ok(text.includes('pre_create_in_transaction'));
  return text;
}

/** A module with the actions that the catalogue needs, some of them given. */
function otherActions(text: string): string {
  return hooksOf(text.replace('actions: {', 'actions: { reboot() {}, reset_password() { return {}; },'));
}

function statuses(answers: readonly { readonly status: number }[]): { readonly [status: number]: number } {
  const counted: Record<number, number> = {};
  for (const { status } of answers) counted[status] = (counted[status] ?? 0) + 1;
  return counted;
}

async function valuesOf({ database }: HookedApi, type: string, property: string): Promise<readonly string[]> {
  const { rows } = await database.list(systemCaller, type, wholeList);
  return rows.map(({ body }) => String(body[property]));
}

/** Makes what a firewall of five interfaces needs, and one. */
async function orderFirewall({
  send,
}: HookedApi): Promise<{ readonly offices: readonly string[]; readonly wall: string }> {
  const owner = { tenant_id: '0123456789abcdef0123456789abcde0' };
  const make = async (type: string, body: JsonObject): Promise<string> => {
    const answer = await send('POST', `/v2.0/${type}s`, { ...owner, ...body });
    assert.equal(answer.status, 201, answer.text);
    const { [type]: made } = JSON.parse(answer.text) as { readonly [type: string]: { readonly id: string } };
    return made?.id ?? '';
  };
  const network = async (name: string, cidr: string): Promise<string> => {
    const id = await make('network', { name });
    await make('subnet', { name, network_id: id, cidr });
    return id;
  };
  const management = await network('management', '192.0.2.0/24');
  const parking = await network('parking', '198.51.100.0/24');
  const offices: string[] = [];
  for (let i = 0; i < 5; i++) offices.push(await network(`office ${i}`, `203.0.113.${i * 16}/28`));
  const made = { function: 'firewall', vendor: 'vyatta' };
  const image = await make('vnf_template', {
    ...{ name: 'router-1.0', image: 'router-1.0', ...made, credentials: { username: 'admin', password: 'example' } },
    ...{ management_networks: [management], dummy_networks: [parking] },
  });
  const size = await make('vnf_plan', {
    ...{ name: 'small', flavor: 'm1.small', ...made, default_interface_number: 6, interface_limit: 6 },
  });
  const plan = await make('firewall_plan', {
    ...{ name: 'router', vnf_plan_id: size, vnf_template_id: image, vendor: 'vyatta', version: '1.0' },
  });
  return { offices, wall: await make('firewall', { firewall_plan_id: plan }) };
}
