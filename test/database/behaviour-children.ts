import assert from 'node:assert/strict';
import {
  acting,
  actingInSteps,
  erase,
  finishDeletion,
  idsOf,
  only,
  shown,
  shownNumber,
  shownText,
} from './behaviour-helpers.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, type Client, modelOf, refersTo, schema, status, string, versioned, withCode } from './helpers.ts';

const on = { not: { equal: [{ field: 'on' }, { constant: false }] } };

/** A network with a port, which has a logical port; and a route that refers to the port. */
const family = (make: typeof acting) =>
  modelOf(
    make(
      'network',
      { name: string, on: { type: 'boolean' }, port_id: shownText, ports: shownNumber },
      {
        counters: { ports: {} },
        children: {
          port: {
            type: 'port',
            when: on,
            link: 'port_id',
            properties: {
              name: { concatenate: ['port of ', { field: 'name' }] },
              network_id: 'Pid',
              mac: { generate: 'mac_address' },
              note: { constant: null },
              status: 'CACTIVE',
            },
            children: {
              logical: { type: 'logical', link: 'logical_id', properties: { name: 'Pname', port_id: 'Pport' } },
            },
          },
          route: { type: 'route', properties: { port: 'Pport', logical: 'Plogical' } },
        },
      },
    ),
    make(
      'port',
      {
        name: string,
        network_id: refersTo('network'),
        mac: { ...string, permission: [] },
        note: { ...string, default: 'usual' },
        status,
        logical_id: shownText,
      },
      { takes: { count: { type: 'network', from: 'Pnetwork_id', counter: 'ports' } } },
    ),
    make('logical', { name: string, port_id: string }, {}),
    make('route', { port: string, logical: string }, {}),
  );

const atOnce = family((id, properties, behaviour) => acting(id, properties, { ...behaviour }));
const inSteps = family(actingInSteps);

const types = ['network', 'port', 'logical', 'route'];

async function everything(client: Client): Promise<number> {
  const lists = await Promise.all(types.map((type) => idsOf(client, type)));
  return lists.flat().length;
}

/** Resources that come along. */
export function childBehaviour(test: ContractTest): void {
  test('children come along in order, know each other, and are linked', async ({ open }) => {
    const client = await open(inSteps);
    const network = await client.create('network', 'n', { name: 'blue' });
    const [port, logical, route] = [
      await only(client, 'port'),
      await only(client, 'logical'),
      await only(client, 'route'),
    ];
    assert.deepEqual(await client.eventLines(), [
      'put network:n v1',
      `put port:${port.id} v1`,
      `put logical:${logical.id} v1`,
      `put route:${route.id} v1`,
    ]);
    assert.deepEqual([port.body.name, port.body.network_id, port.body.status], ['port of blue', 'n', 'ACTIVE']);
    assert.match(String(port.body.mac), /^fa:16:3e(:[0-9a-f]{2}){3}$/);
    assert.deepEqual([logical.body.name, logical.body.port_id], ['blue', port.id]);
    assert.deepEqual([route.body.port, route.body.logical], [port.id, logical.id]);
    assert.deepEqual([port.body.logical_id, port.configVersion], [logical.id, 1], 'a link makes no version');
    assert.deepEqual([network.body.port_id, network.body.ports], [port.id, 1], 'the answer has what came back');
    assert.deepEqual(
      [network.body, network.rowRevision],
      [
        Object.fromEntries(Object.entries((await client.row('network', 'n')).body).filter(([name]) => name !== 'on')),
        (await client.row('network', 'n')).rowRevision,
      ],
    );
  });

  test('null is no value, whatever the default', async ({ open }) => {
    const client = await open(atOnce);
    await client.create('network', 'n', { name: 'blue' });
    assert.equal((await only(client, 'port')).body.note, null);
    assert.equal(Object.hasOwn(bodyOf((await client.events())[1]), 'note'), false);
  });

  test('what follows from the parent follows its changes; what is of chance stays', async ({ open }) => {
    const client = await open(inSteps);
    await client.create('network', 'n', { name: 'blue' });
    const before = await only(client, 'port');
    await client.update('network', 'n', { name: 'red' });
    const port = await only(client, 'port');
    assert.deepEqual({ ...port.body, status: 'ACTIVE' }, { ...before.body, name: 'port of red' });
    assert.equal(port.configVersion, 2);
    assert.deepEqual(
      [(await only(client, 'logical')).body.name, (await only(client, 'route')).configVersion],
      ['red', 1],
    );
  });

  for (const [name, model] of [
    ['at once', atOnce],
    ['in two steps', inSteps],
  ] as const) {
    test(`a child goes when its condition stops holding, and comes when it begins, ${name}`, async ({ open }) => {
      const client = await open(model);
      await client.create('network', 'n', { name: 'blue', on: false });
      assert.equal(await everything(client), 2);
      assert.deepEqual((await only(client, 'route')).body.port, null);
      const begun = await client.update('network', 'n', { on: true });
      const port = await only(client, 'port');
      assert.deepEqual([begun.body.port_id, begun.body.ports], [port.id, 1]);
      const logical = await only(client, 'logical');
      const { body } = await only(client, 'route');
      assert.deepEqual([body.port, body.logical], [port.id, logical.id], 'others hear of it');
      await client.update('network', 'n', { on: false });
      const ended = (await only(client, 'route')).body;
      assert.deepEqual([ended.port, ended.logical], [null, null]);
      assert.equal((await client.row('network', 'n')).body.port_id, null);
      await client.update('network', 'n', { on: true });
      const again = (await idsOf(client, 'port')).filter((id) => id !== port.id);
      assert.equal((await client.row('network', 'n')).body.port_id, again[0], 'the next one needn’t wait');
      if (model === inSteps) {
        for (const [type, id] of [
          ['logical', logical.id],
          ['port', port.id],
        ] as const) {
          assert.equal((await client.row(type, id)).markedForDeletion, true);
          await finishDeletion(client, type, id);
        }
      }
      assert.equal(await everything(client), 4);
      assert.deepEqual(await shown(client, 'network', 'n', 'ports'), [1]);
    });
  }

  test('children go with their parent, at once', async ({ open }) => {
    const client = await open(atOnce);
    await client.create('network', 'n', { name: 'blue' });
    assert.equal(await client.remove('network', 'n'), 'removed');
    assert.equal(await everything(client), 0);
    assert.equal((await client.eventLines()).filter((line) => line.startsWith('delete')).length, 4);
  });

  test('children go with their parent, in two steps, which waits for those that refer to it', async ({ open }) => {
    const client = await open(inSteps);
    await client.create('network', 'n', { name: 'blue' });
    assert.equal(await client.remove('network', 'n'), 'marked');
    for (const type of types) assert.equal((await only(client, type)).markedForDeletion, true);
    await finishDeletion(client, 'network', 'n');
    assert.ok((await client.get('network', 'n')) !== null, 'the port refers to it');
    for (const type of ['route', 'logical', 'port']) await finishDeletion(client, type, (await only(client, type)).id);
    assert.equal(await everything(client), 0);
  });

  test('a child can not be deleted on its own, but deleted again where that failed', async ({ open }) => {
    const client = await open(inSteps);
    await client.create('network', 'n', { name: 'blue' });
    const [port, logical] = [await only(client, 'port'), await only(client, 'logical')];
    await assert.rejects(
      client.remove('port', port.id),
      withCode('RESOURCE_MANAGED', { parent: 'network', parentId: 'n' }),
    );
    await assert.rejects(client.remove('logical', logical.id), withCode('RESOURCE_MANAGED', { parent: 'port' }));
    await client.remove('network', 'n');
    const { configVersion } = await client.row('port', port.id);
    await client.fail('port', port.id, configVersion);
    assert.equal(await client.remove('port', port.id), 'marked');
    assert.equal((await client.row('port', port.id)).configVersion, configVersion + 1);
  });

  test('siblings that refer to each other, and links that are relations, hold nobody', async ({ open }) => {
    const tied = (mode: readonly [parent: boolean, child: boolean]) =>
      modelOf(
        acting(
          'top',
          { on: { type: 'boolean' }, a_id: refersTo('item', { permission: [] }) },
          {
            children: {
              a: { type: 'item', when: on, link: 'a_id', properties: {} },
              b: { type: 'user', when: on, properties: { item_id: 'Pa' } },
            },
          },
          mode[0] ? versioned : {},
        ),
        schema('item', {}, mode[1] ? versioned : {}),
        schema('user', { item_id: refersTo('item') }, mode[1] ? versioned : {}),
      );
    for (const mode of [
      [true, true],
      [true, false],
      [false, false],
    ] as const) {
      const client = await open(tied(mode));
      const gone = async (type: string): Promise<boolean> => {
        for (const id of await idsOf(client, type)) {
          const { markedForDeletion } = await client.row(type, id);
          if (!markedForDeletion) return false;
          await finishDeletion(client, type, id);
        }
        return true;
      };
      await client.create('top', 't', {});
      assert.equal((await only(client, 'user')).body.item_id, (await client.row('top', 't')).body.a_id);
      await client.update('top', 't', { on: false });
      assert.deepEqual([await gone('user'), await gone('item')], [true, true], mode.join());
      await client.update('top', 't', { on: true });
      await erase(client, 'top', 't');
      assert.deepEqual([await gone('user'), await gone('item'), await gone('top')], [true, true, true], mode.join());
      assert.deepEqual([await idsOf(client, 'item'), await idsOf(client, 'top')], [[], []]);
    }
  });

  test('a request whose child fails leaves nothing', async ({ open }) => {
    const model = modelOf(
      acting(
        'top',
        { of: string },
        { children: { a: { type: 'item', properties: {} }, b: { type: 'item', properties: { top_id: 'Pof' } } } },
      ),
      schema('item', { top_id: refersTo('top') }),
    );
    const client = await open(model);
    await assert.rejects(client.create('top', 't', { of: 'nobody' }), withCode('RELATED_NOT_FOUND'));
    assert.deepEqual(
      [await idsOf(client, 'top'), await idsOf(client, 'item'), await client.eventLines()],
      [[], [], []],
    );
  });

  test('children of children without end are refused', async ({ open }) => {
    const model = modelOf(acting('top', { name: string }, { children: { next: { type: 'top', properties: {} } } }));
    const client = await open(model);
    await assert.rejects(client.create('top', 't', {}), withCode('TRANSACTION_TOO_DEEP'));
    assert.deepEqual(await idsOf(client, 'top'), []);
  });
}
