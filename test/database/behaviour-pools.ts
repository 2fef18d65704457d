import assert from 'node:assert/strict';
import { limits } from '../../src/kernel/limits.ts';
import {
  acting,
  actingInSteps,
  erase,
  finishDeletion,
  integer,
  order,
  shown,
  shownNumber,
  shownText,
} from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { type Client, modelOf, refersTo, schema, string, withCode } from './helpers.ts';

const vlans = { first: 0, last: 4095, reserved: 'Preserved', bitmap: 'vlan_map', free: 'vlans_free' };
const lines = { name: string, reserved: string, vlan_map: shownText, vlans_free: shownNumber };

const model = modelOf(
  acting('line', lines, { pools: { vlans } }),
  schema('service', { lines: { type: 'array' }, line_id: refersTo('line') }),
  actingInSteps(
    'gateway',
    {
      line_id: refersTo('line'),
      vlan_id: string,
      on: { type: 'boolean' },
      note: string,
      label: { ...string, permission: [], initial: { concatenate: ['ae0.', { field: 'vlan_id' }] } },
    },
    {
      takes: {
        vlan: {
          type: 'line',
          from: 'Pline_id',
          pool: 'vlans',
          into: 'vlan_id',
          when: { not: { equal: [{ field: 'on' }, { constant: false }] } },
        },
      },
    },
  ),
  acting(
    'user',
    { service_id: refersTo('service'), number: integer, owner_id: { ...string, permission: [] } },
    {
      takes: {
        vlan: {
          type: 'line',
          from: { field: 'lines', path: ['service_id'] },
          pool: 'vlans',
          into: 'number',
          owner: 'owner_id',
        },
      },
    },
  ),
);

const addresses = modelOf(
  acting(
    'subnet',
    { cidr: string, start: string, end: string, taken_out: { type: 'array' }, map: shownText, free: shownNumber },
    {
      pools: {
        addresses: {
          first: { when: { present: 'Pstart' }, value: 'Pstart', otherwise: { address: 'Pcidr', index: 1 } },
          last: { when: { present: 'Pend' }, value: 'Pend', otherwise: { address: 'Pcidr', index: -1 } },
          reserved: 'Ptaken_out',
          bitmap: 'map',
          free: 'free',
          new_version: true,
        },
      },
    },
  ),
  actingInSteps(
    'port',
    { fixed_ips: { type: 'array' }, on: { type: 'boolean' } },
    {
      takes: {
        ips: {
          type: 'subnet',
          from: 'Psubnet_id',
          pool: 'addresses',
          into: 'ip',
          each: 'fixed_ips',
          when: { not: { equal: [{ field: 'on' }, { constant: false }] } },
        },
      },
    },
  ),
  acting(
    'host',
    { subnet_id: refersTo('subnet'), ip: string },
    { takes: { ip: { type: 'subnet', from: 'Psubnet_id', pool: 'addresses', into: 'ip', as: 'address' } } },
  ),
);

/** A bitmap as the numbers that are free in it. */
function freeIn(map: unknown): readonly number[] {
  const bytes = Buffer.from(String(map), 'base64');
  return Array.from({ length: bytes.length * 8 }, (_, i) => i).filter(
    (i) => ((bytes[i >> 3] ?? 0) & (0x80 >> (i & 7))) === 0,
  );
}

async function withLine(client: Client, reserved = '0,4-4095'): Promise<Client> {
  await client.create('line', 'l', { reserved });
  return client;
}

const gateway = (client: Client, id: string, body = {}) => client.create('gateway', id, { line_id: 'l', ...body });

async function stateOf(
  client: Client,
  id = 'l',
): Promise<{ readonly free: unknown; readonly numbers: readonly number[] }> {
  const [map, free] = await shown(client, 'line', id, 'vlan_map', 'vlans_free');
  return { free, numbers: freeIn(map) };
}

/** Numbers of pools. */
export function poolBehaviour(test: ContractTest): void {
  test('the lowest free number, as the property is typed, and what follows from it', async ({ open }) => {
    const client = await withLine(await open(model));
    const first = await gateway(client, 'a');
    assert.deepEqual([first.body.vlan_id, first.body.label], ['1', 'ae0.1']);
    assert.deepEqual((await client.row('gateway', 'a')).body.vlan_id, '1');
    assert.equal((await gateway(client, 'b')).body.vlan_id, '2');
    assert.deepEqual(await stateOf(client), { free: 1, numbers: [3] });
    const { configVersion, rowRevision } = await client.row('line', 'l');
    assert.equal(configVersion, 1, 'the row shows it, without a version');
    assert.ok(rowRevision > 1);
    assert.equal((await client.events()).length, 3);
  });

  test('a number of 4096 as recorded: 3069 of 0-1024,4094, and its bits', async ({ open }) => {
    const client = await open(model);
    await client.create('line', 'l', { reserved: '0-1024,4094' });
    const { free, numbers } = await stateOf(client);
    assert.equal(free, 3070, '4095 is not reserved here');
    assert.equal(numbers.length, 3070);
    await client.update('line', 'l', { reserved: '0-1024,4094,4095' });
    const [map, left] = await shown(client, 'line', 'l', 'vlan_map', 'vlans_free');
    assert.equal(left, 3069);
    const bits = Buffer.alloc(512);
    for (const taken of [...Array.from({ length: 1025 }, (_, i) => i), 4094, 4095]) {
      bits[taken >> 3] = (bits[taken >> 3] ?? 0) | (0x80 >> (taken & 7));
    }
    assert.equal(map, bits.toString('base64'));
    assert.equal((await gateway(client, 'g')).body.vlan_id, '1025');
  });

  test('pools that do not fill their bits: 16 of 32, and 245 of 256', async ({ open }) => {
    const small = modelOf(
      acting('pool', { state: shownText }, { pools: { numbers: { first: 1, last: 16, bitmap: 'state', bits: 32 } } }),
      acting(
        'nat',
        { state: shownText, free: shownNumber },
        { pools: { ips: { first: '203.0.113.1', last: '203.0.113.245', bitmap: 'state', free: 'free' } } },
      ),
    );
    const client = await open(small);
    assert.equal((await client.create('pool', 'p')).body.state, 'AAD//w==');
    const { body } = await client.create('nat', 'n');
    assert.equal(Buffer.from(String(body.state), 'base64').length, 256 / 8);
    assert.equal(freeIn(body.state).length, 245);
    assert.deepEqual(freeIn(body.state).slice(-1), [244]);
    assert.equal(body.free, 245);
  });

  test('what the client asks for: free, taken, reserved, outside, no number', async ({ open }) => {
    const client = await withLine(await open(model));
    assert.equal((await gateway(client, 'a', { vlan_id: '2' })).body.vlan_id, '2');
    const holder = { number: '2', pool: 'vlans', type: 'line', id: 'l', holder: 'gateway a' };
    await assert.rejects(gateway(client, 'b', { vlan_id: '2' }), withCode('POOL_NUMBER_TAKEN', holder));
    for (const vlan_id of ['0', '9', '70000', 'x']) {
      await assert.rejects(gateway(client, 'b', { vlan_id }), (error: unknown) => {
        withCode('VALIDATION_FAILED')(error);
        assert.deepEqual(error instanceof Error && 'faults' in error && faultPointers(error.faults), ['/vlan_id']);
        return true;
      });
    }
    assert.deepEqual(await stateOf(client), { free: 2, numbers: [1, 3] });
    assert.equal(await client.get('gateway', 'b'), null);
  });

  test('a pool that is exhausted, and whose numbers come back in gaps', async ({ open }) => {
    const client = await withLine(await open(model));
    for (const id of ['a', 'b', 'c']) await gateway(client, id);
    await assert.rejects(gateway(client, 'd'), withCode('POOL_EXHAUSTED', { type: 'line', id: 'l', pool: 'vlans' }));
    assert.deepEqual(await stateOf(client), { free: 0, numbers: [] });
    await erase(client, 'gateway', 'b');
    assert.deepEqual(await stateOf(client), { free: 1, numbers: [2] });
    assert.equal((await gateway(client, 'd')).body.vlan_id, '2');
  });

  test('the lowest free number is found between reserved ranges', async ({ open }) => {
    const client = await withLine(await open(model), '0-1,3,6-9,11-4095');
    const taken: unknown[] = [];
    for (const id of ['a', 'b', 'c', 'd']) taken.push((await gateway(client, id)).body.vlan_id);
    assert.deepEqual(taken, ['2', '4', '5', '10']);
    await assert.rejects(gateway(client, 'e'), withCode('POOL_EXHAUSTED'));
  });

  test('the lowest free number is given, however many are taken, come back, or are offered anew', async ({ open }) => {
    const client = await withLine(await open(model), '0,10-19');
    let count = 0;
    const next = async (): Promise<unknown> => (await gateway(client, `g${count++}`)).body.vlan_id;
    const first: unknown[] = [];
    while (first.length < 120) first.push(await next());
    assert.deepEqual(
      first,
      first.map((_, i) => String(i < 9 ? i + 1 : i + 11)),
    );
    for (const given of ['5', '100']) await erase(client, 'gateway', `g${first.indexOf(given)}`);
    assert.deepEqual([await next(), await next(), await next()], ['5', '100', '131']);
    await client.update('line', 'l', { reserved: '0,11-19' });
    assert.deepEqual([await next(), await next()], ['10', '132']);
    await client.update('line', 'l', { reserved: '0,10-19' });
    assert.equal(await next(), '133');
    while (count-- > 0)
      if ((await client.get('gateway', `g${count}`)) !== null) await erase(client, 'gateway', `g${count}`);
    assert.equal(await client.remove('line', 'l'), 'removed');
    await withLine(client, '0,10-19');
    assert.equal((await gateway(client, 'again')).body.vlan_id, '1');
  });

  test('a number comes back when the row is gone, not when it is marked', async ({ open }) => {
    const client = await withLine(await open(model));
    await gateway(client, 'a');
    assert.equal(await client.remove('gateway', 'a'), 'marked');
    assert.deepEqual(await stateOf(client), { free: 2, numbers: [2, 3] });
    assert.equal((await gateway(client, 'b')).body.vlan_id, '2');
    await finishDeletion(client, 'gateway', 'a');
    assert.deepEqual(await stateOf(client), { free: 2, numbers: [1, 3] });
  });

  test('a number follows changes of its property', async ({ open }) => {
    const client = await withLine(await open(model));
    await gateway(client, 'a');
    await gateway(client, 'b');
    assert.equal((await client.update('gateway', 'a', { vlan_id: '3' })).body.vlan_id, '3');
    assert.deepEqual(await stateOf(client), { free: 1, numbers: [1] });
    await assert.rejects(client.update('gateway', 'a', { vlan_id: '2' }), withCode('POOL_NUMBER_TAKEN'));
    assert.deepEqual(await shown(client, 'gateway', 'a', 'vlan_id'), ['3']);
    await client.update('gateway', 'a', { vlan_id: '1' });
    await client.update('gateway', 'b', { vlan_id: '3' });
    assert.deepEqual(await stateOf(client), { free: 1, numbers: [2] });
    await client.update('gateway', 'b', { note: 'n' });
    assert.deepEqual(await shown(client, 'gateway', 'b', 'vlan_id', 'note'), ['3', 'n']);
    assert.equal((await client.update('gateway', 'b', { vlan_id: null })).body.vlan_id, '3', 'it has one anyway');
  });

  test('a change of where it is from takes another number there, and gives the old one back', async ({ open }) => {
    const client = await withLine(await open(model));
    await client.create('line', 'm', { reserved: '0-9,12-4095' });
    await gateway(client, 'a');
    await assert.rejects(client.update('gateway', 'a', { line_id: 'm' }), withCode('VALIDATION_FAILED'), 'it says 1');
    const moved = await client.update('gateway', 'a', { line_id: 'm', vlan_id: null });
    assert.equal(moved.body.vlan_id, '10');
    assert.deepEqual(
      [await stateOf(client), await stateOf(client, 'm')],
      [
        { free: 3, numbers: [1, 2, 3] },
        { free: 1, numbers: [11] },
      ],
    );
  });

  test('where the condition stops holding the number is given back; where it begins one is taken', async ({ open }) => {
    const client = await withLine(await open(model));
    await gateway(client, 'a', { on: false });
    assert.deepEqual([await shown(client, 'gateway', 'a', 'vlan_id'), (await stateOf(client)).free], [[null], 3]);
    assert.equal((await client.update('gateway', 'a', { on: true })).body.vlan_id, '1');
    assert.equal((await stateOf(client)).free, 2);
    assert.equal((await client.update('gateway', 'a', { on: false })).body.vlan_id, null);
    assert.deepEqual(await stateOf(client), { free: 3, numbers: [1, 2, 3] });
  });

  test('of several owners the first that can gives the number, and is named', async ({ open }) => {
    const client = await withLine(await open(model), '0-1,3-4095');
    await client.create('line', 'm', { reserved: '0-1,4-4095' });
    await client.create('service', 's', { lines: ['', 'nobody', 'l', 'm'] });
    const owners = async (id: string, body = {}) => {
      const row = await client.create('user', id, { service_id: 's', ...body });
      return [row.body.number, row.body.owner_id];
    };
    assert.deepEqual(await owners('a'), [2, 'l']);
    assert.deepEqual(await owners('b', { number: 2 }), [2, 'm'], 'taken at the first');
    assert.deepEqual(await owners('c'), [3, 'm']);
    await assert.rejects(owners('d'), withCode('POOL_EXHAUSTED'));
    await assert.rejects(owners('d', { number: 2 }), withCode('POOL_NUMBER_TAKEN', { id: 'l', holder: 'user a' }));
    await client.remove('user', 'b');
    assert.deepEqual(await owners('d', { number: 2 }), [2, 'm']);
    const left = await client.update('user', 'a', { service_id: null });
    assert.deepEqual([left.body.number, left.body.owner_id], [2, 'l'], 'its owner stands');
  });

  test('owners that are not there, or on their way out, give nothing', async ({ open }) => {
    const stepping = modelOf(
      actingInSteps('line', lines, { pools: { vlans } }),
      acting(
        'user',
        { line: string, number: integer },
        { takes: { vlan: { type: 'line', from: 'Pline', pool: 'vlans', into: 'number' } } },
      ),
    );
    const client = await withLine(await open(stepping));
    await assert.rejects(client.create('user', 'a', { line: 'nobody' }), withCode('RELATED_NOT_FOUND'));
    await client.remove('line', 'l');
    await assert.rejects(client.create('user', 'a', { line: 'l' }), withCode('RELATED_MARKED'));
    await finishDeletion(client, 'line', 'l');
    assert.equal((await client.create('user', 'a', {})).body.number, undefined, 'of nobody nothing is taken');
  });

  test('a number for each element of a list, and a version of the owner for each', async ({ open }) => {
    const client = await open(addresses);
    await client.create('subnet', 's', { cidr: '10.0.0.0/29' });
    const ips = [
      { subnet_id: 's' },
      { subnet_id: 's', ip: '10.0.0.1' },
      { subnet_id: '' },
      { subnet_id: 's', ip: '10.0.0.6' },
    ];
    await assert.rejects(
      client.create('port', 'q', { fixed_ips: [{ subnet_id: 's', ip: '10.0.1.1' }] }),
      withCode('VALIDATION_FAILED'),
    );
    await assert.rejects(
      client.create('port', 'p', { fixed_ips: ips }),
      withCode('POOL_NUMBER_TAKEN'),
      'the lowest came first',
    );
    const [, wanted, none, last] = ips;
    const made = await client.create('port', 'p', {
      fixed_ips: [wanted ?? {}, { subnet_id: 's' }, none ?? {}, last ?? {}],
    });
    assert.deepEqual(made.body.fixed_ips, [
      { subnet_id: 's', ip: '10.0.0.1' },
      { subnet_id: 's', ip: '10.0.0.2' },
      { subnet_id: '' },
      { subnet_id: 's', ip: '10.0.0.6' },
    ]);
    assert.deepEqual((await client.row('port', 'p')).body.fixed_ips, made.body.fixed_ips);
    const { body, configVersion } = await client.row('subnet', 's');
    assert.deepEqual([body.free, freeIn(body.map), configVersion], [4, [2, 3, 4, 6], 4]);
  });

  test('elements of a list swap, drop and get numbers in one change', async ({ open }) => {
    const client = await open(addresses);
    await client.create('subnet', 's', { cidr: '10.0.0.0/29' });
    const element = (ip: string) => ({ subnet_id: 's', ip });
    await client.create('port', 'p', { fixed_ips: [{ subnet_id: 's' }, { subnet_id: 's' }] });
    const [one, two] = [element('10.0.0.1'), element('10.0.0.2')];
    assert.deepEqual((await client.update('port', 'p', { fixed_ips: [two, one] })).body.fixed_ips, [two, one]);
    const before = (await client.row('subnet', 's')).configVersion;
    const kept = await client.update('port', 'p', { fixed_ips: [two, { subnet_id: 's' }] });
    assert.deepEqual(kept.body.fixed_ips, [two, one], 'what it has it keeps');
    assert.equal((await client.row('subnet', 's')).configVersion, before, 'nothing was taken');
    await client.update('port', 'p', { fixed_ips: [two] });
    assert.deepEqual(freeIn((await client.row('subnet', 's')).body.map)[0], 0);
    assert.deepEqual((await client.update('port', 'p', { on: false })).body.fixed_ips, [{ subnet_id: 's', ip: null }]);
    assert.equal((await client.row('subnet', 's')).body.free, 7);
    assert.deepEqual((await client.update('port', 'p', { on: true })).body.fixed_ips, [one]);
  });

  test('more numbers than a transaction may write are refused before the first one', async ({ open }) => {
    const client = await open(addresses);
    await client.create('subnet', 's', { cidr: '10.0.0.0/16' });
    const free = (await client.row('subnet', 's')).body.free;
    const fixed_ips = Array.from({ length: limits.transactionResources }, () => ({ subnet_id: 's' }));
    await assert.rejects(client.create('port', 'p', { fixed_ips }), withCode('TRANSACTION_TOO_LARGE'));
    assert.equal((await client.row('subnet', 's')).body.free, free);
  });

  test('a single address', async ({ open }) => {
    const client = await open(addresses);
    await client.create('subnet', 's', {
      cidr: '10.0.0.0/24',
      taken_out: ['10.0.0.1', { start: '10.0.0.2', end: '10.0.0.99' }],
    });
    assert.equal((await client.create('host', 'h', { subnet_id: 's' })).body.ip, '10.0.0.100');
    await assert.rejects(
      client.create('host', 'i', { subnet_id: 's', ip: '10.0.0.100' }),
      withCode('POOL_NUMBER_TAKEN', { number: '10.0.0.100' }),
    );
  });

  test('a resource whose numbers are in use stays, whatever it is', async ({ open }) => {
    const client = await open(addresses);
    await client.create('subnet', 's', { cidr: '10.0.0.0/24' });
    await client.create('port', 'p', { fixed_ips: [{ subnet_id: 's' }] });
    const user = { user: 'port', userId: 'p', field: 'addresses' };
    await assert.rejects(client.remove('subnet', 's'), withCode('RESOURCE_IN_USE', user));
    await client.remove('port', 'p');
    await assert.rejects(client.remove('subnet', 's'), withCode('RESOURCE_IN_USE', user), 'the row is there');
    await finishDeletion(client, 'port', 'p');
    assert.equal(await client.remove('subnet', 's'), 'removed');
  });

  test('other bounds and other reserved numbers: what is shown is computed again', async ({ open }) => {
    const client = await withLine(await open(model));
    await gateway(client, 'a');
    await gateway(client, 'b');
    const changed = await client.update('line', 'l', { reserved: '0-1,6-4095' });
    assert.deepEqual([changed.body.vlans_free, freeIn(changed.body.vlan_map)], [3, [3, 4, 5]]);
    await erase(client, 'gateway', 'a');
    assert.deepEqual(await stateOf(client), { free: 3, numbers: [3, 4, 5] }, 'what was reserved since stays so');
    await erase(client, 'gateway', 'b');
    assert.deepEqual(await stateOf(client), { free: 4, numbers: [2, 3, 4, 5] });
    assert.deepEqual((await client.row('line', 'l')).configVersion, 2);
    const subnets = await open(addresses);
    await subnets.create('subnet', 's', { start: '10.0.0.1', end: '10.0.0.4' });
    await subnets.create('host', 'h', { subnet_id: 's' });
    const { body } = await subnets.update('subnet', 's', { end: '10.0.0.40' });
    assert.deepEqual([body.free, freeIn(body.map).length], [39, 39]);
    assert.equal(Buffer.from(String(body.map), 'base64').length, 8);
  });

  test('what clients say of pools is bounded: their size, what they reserve, how many numbers one request takes', async ({
    open,
  }) => {
    const subnets = await open(addresses);
    const huge = { start: '0.0.0.0', end: '255.255.255.255' };
    await assert.rejects(subnets.create('subnet', 's', huge), withCode('MAPPING_INVALID'));
    const client = await withLine(await open(model));
    const scattered = (count: number): string => Array.from({ length: count }, (_, i) => i * 2).join(',');
    await assert.rejects(client.update('line', 'l', { reserved: scattered(4097) }), withCode('MAPPING_INVALID'));
    await client.update('line', 'l', { reserved: scattered(2000) });
    await assert.rejects(gateway(client, 'a', { vlan_id: '2' }), (error: Error) => {
      assert.match(error.message, /Must be one of 1–1, 3–3, .*19–19, …, the vlans of line l/);
      return withCode('VALIDATION_FAILED')(error);
    });
  });

  test('what fails after it took a number gives it back', async ({ open }) => {
    const client = await withLine(await open(model));
    await gateway(client, 'a');
    await assert.rejects(order(client, model, 'gateway', 'a', { line_id: 'l' }), withCode('DUPLICATE_VALUE'));
    assert.deepEqual(await stateOf(client), { free: 2, numbers: [2, 3] });
    assert.equal((await gateway(client, 'b')).body.vlan_id, '2');
  });

  test('many at once get different numbers, and no more than there are', async ({ open }) => {
    const client = await withLine(await open(model), '0,11-4095');
    const all = await Promise.allSettled(Array.from({ length: 16 }, (_, i) => gateway(client, `g${i}`)));
    const made = all.flatMap((one) => (one.status === 'fulfilled' ? [Number(one.value.body.vlan_id)] : []));
    assert.deepEqual(
      made.toSorted((a, b) => a - b),
      [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
    );
    for (const one of all) if (one.status === 'rejected') withCode('POOL_EXHAUSTED')(one.reason);
    assert.deepEqual(await stateOf(client), { free: 0, numbers: [] });
  });
}

function faultPointers(faults: unknown): readonly unknown[] {
  return (Array.isArray(faults) ? faults : []).map((fault: { readonly pointer: unknown }) => fault.pointer);
}
