import assert from 'node:assert/strict';
import { canonicalJson } from '../../src/kernel/json.ts';
import type { ContractTest } from './contract-test.ts';
import { bodyOf, lineOf, modelOf, refersTo, schema, status, string, until, versioned, withCode } from './helpers.ts';

const model = modelOf(
  schema('parent', { name: { ...string, unique: true }, status }, versioned),
  schema('child', { parent_id: refersTo('parent'), name: string }),
  schema('local', { name: string }, { metadata: { nosync: true } }),
);

const UNDER_WAY = 100;

/** The event queue. */
export function eventContract(test: ContractTest): void {
  test('an event holds the body with its keys in order, version and mark', async ({ open }) => {
    const client = await open(model);
    await client.create('parent', 'p', { name: 'n' });
    const [event] = await client.events();
    assert.deepEqual(event, {
      id: event?.id,
      type: 'parent',
      resourceId: 'p',
      action: 'put',
      body: '{"id":"p","name":"n","status":"PENDING_CREATE"}',
      version: 1,
      markedForDeletion: false,
      key: null,
    });
  });

  test('types without versions count 1, then 0; those that are not synced have no events', async ({ open }) => {
    const client = await open(model);
    await client.create('child', 'c', {});
    await client.update('child', 'c', { name: 'x' });
    await client.update('child', 'c', { name: 'y' });
    await client.create('local', 'l', {});
    await client.update('local', 'l', { name: 'x' });
    await client.remove('local', 'l');
    assert.deepEqual(await client.eventLines(), ['put child:c v1', 'put child:c v0', 'put child:c v0']);
    assert.deepEqual((await client.database.snapshot('child', '', 10)).map(lineOf), ['put child:c v0']);
  });

  test('a type with a key of its own: a change that moves it takes the old one away first', async ({ open }) => {
    const form = { sync_key_template: '/routes/{{name}}', sync_property: 'name', sync_plain: true };
    const client = await open(modelOf(schema('route', { name: string, note: string }, { metadata: form })));
    await client.create('route', 'r', { name: 'a' });
    await client.update('route', 'r', { note: 'x' });
    await client.update('route', 'r', { name: 'b' });
    await client.remove('route', 'r');
    const moves = (await client.events()).map(({ action, key, body }) => `${action} ${key} ${body}`.trim());
    assert.deepEqual(moves, [
      'put /config/routes/a a',
      'put /config/routes/a a',
      'delete /config/routes/a',
      'put /config/routes/b b',
      'delete /config/routes/b',
    ]);
  });

  test('what fails leaves neither a row nor an event', async ({ open }) => {
    const client = await open(model);
    await client.create('parent', 'p', { name: 'n' });
    const before = await client.events();
    await assert.rejects(client.create('parent', 'q', { name: 'n' }), withCode('DUPLICATE_VALUE'));
    await assert.rejects(client.create('child', 'c', { parent_id: 'none' }), withCode('RELATED_NOT_FOUND'));
    await assert.rejects(client.update('parent', 'p', { name: 'm' }, 7), withCode('VERSION_CONFLICT'));
    assert.deepEqual(await client.events(), before);
    assert.equal(await client.get('parent', 'q'), null);
    assert.equal((await client.row('parent', 'p')).body.name, 'n');
  });

  test('events are taken once: those that are done are left out, then removed', async ({ open, backend }) => {
    const place = await backend.newPlace();
    const client = await open(model, place);
    for (let i = 0; i < 5; i++) await client.create('child', `c${i}`, {});
    const { database } = client;
    const lines = async (done: readonly number[], limit: number) =>
      (await database.nextEvents(done, limit)).map(lineOf);
    const first = await database.nextEvents([], 2);
    assert.deepEqual(first.map(lineOf), ['put child:c0 v1', 'put child:c1 v1']);
    const done = first.map((event) => event.id);
    assert.deepEqual(await lines(done, 2), ['put child:c2 v1', 'put child:c3 v1']);
    assert.equal(await database.mirroredEvents(), 0);
    await database.removeEvents(done, 2);
    await database.removeEvents(done, 2);
    await database.removeEvents([], 2);
    assert.deepEqual(await lines([], 10), ['put child:c2 v1', 'put child:c3 v1', 'put child:c4 v1']);
    assert.equal(await database.mirroredEvents(), 2);
    await database.close();
    const again = await open(model, place);
    const rest = (await again.events()).map((event) => event.id);
    await again.database.removeEvents(rest, 5);
    await again.create('child', 'c5', {});
    const [next] = await again.events();
    assert.ok(next !== undefined && next.id > Math.max(...rest), 'the number of an event is never used again');
    assert.equal(await again.database.mirroredEvents(), 5);
  });

  test('no more is read at once than a transaction of the store holds', async ({ open }) => {
    const client = await open(model);
    const ids = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const id of ids) await client.create('child', id, { name: 'x'.repeat(300_000) });
    const { database } = client;
    const first = await database.nextEvents([], 10);
    assert.deepEqual(first.map(lineOf), ['put child:a v1', 'put child:b v1', 'put child:c v1', 'put child:d v1']);
    const rest = await database.nextEvents(
      first.map(({ id }) => id),
      10,
    );
    assert.deepEqual(rest.map(lineOf), ['put child:e v1', 'put child:f v1']);
    const rows = async (afterId: string) =>
      (await database.snapshot('child', afterId, 10)).map((row) => row.resourceId);
    assert.deepEqual([await rows(''), await rows('d'), await rows('f')], [['a', 'b', 'c', 'd'], ['e', 'f'], []]);
  });

  test('hundreds of events are removed at once', async ({ open }) => {
    const client = await open(model);
    await Promise.all(Array.from({ length: 700 }, (_, i) => client.create('child', `c${i}`, {})));
    const ids = (await client.events()).map((event) => event.id);
    await client.database.removeEvents(ids.slice(0, 613), 613);
    assert.deepEqual(
      (await client.events()).map((event) => event.id),
      ids.slice(613),
    );
  });

  test('under concurrency the events of a resource are in the order of its versions', async ({ open }) => {
    const client = await open(model);
    await client.create('parent', 'p', {});
    await Promise.all(Array.from({ length: UNDER_WAY }, (_, i) => client.update('parent', 'p', { name: `${i}` })));
    const events = await client.events();
    assert.deepEqual(
      events.map((event) => event.version),
      Array.from({ length: UNDER_WAY + 1 }, (_, i) => i + 1),
    );
    assert.equal(bodyOf(events.at(-1)).name, (await client.row('parent', 'p')).body.name);
  });

  test('under concurrency the event of a child never comes before its parent’s', async ({ open }) => {
    const client = await open(model);
    const family = async (i: number) => {
      // The child comes as soon as somebody can know of the parent.
      const creating = client.create('parent', `p${i}`, { name: `${i}` });
      for (;;) {
        const created = await client.create('child', `c${i}`, { parent_id: `p${i}` }).catch(() => null);
        if (created !== null) break;
      }
      await creating;
    };
    const seen: string[] = [];
    let over = false;
    const taking = (async () => {
      for (;;) {
        const last = over;
        const events = await client.database.nextEvents([], 50);
        seen.push(...events.map(lineOf));
        await client.database.removeEvents(
          events.map((event) => event.id),
          seen.length,
        );
        if (last && events.length === 0) return;
      }
    })();
    await Promise.all(Array.from({ length: UNDER_WAY }, (_, i) => family(i)));
    over = true;
    await taking;
    assert.equal(seen.length, 2 * UNDER_WAY);
    for (let i = 0; i < UNDER_WAY; i++) {
      assert.ok(seen.indexOf(`put parent:p${i} v1`) < seen.indexOf(`put child:c${i} v1`), `family ${i}`);
    }
  });

  test('a commit wakes who listens', async ({ open }) => {
    const client = await open(model);
    let calls = 0;
    const stop = client.database.onEvents(() => calls++);
    await client.create('parent', 'p', {});
    await until(() => calls > 0, 'a call after a create');
    stop();
  });

  test('a snapshot gives every row in pages, as an event would', async ({ open }) => {
    const client = await open(model);
    for (const id of ['a', 'B', 'c', 'D', 'é']) await client.create('parent', id, { name: id });
    await client.update('parent', 'c', { name: 'x' });
    await client.remove('parent', 'D');
    const seen: string[] = [];
    for (let afterId = ''; ; ) {
      const page = await client.database.snapshot('parent', afterId, 2);
      const last = page.at(-1);
      if (last === undefined) break;
      seen.push(...page.map(lineOf));
      afterId = last.resourceId;
    }
    const expected = ['B v1', 'D v2 marked', 'a v1', 'c v2', 'é v1'].map((line) => `put parent:${line}`);
    assert.deepEqual(seen, expected);
    const bodies = new Map((await client.events()).map((event) => [lineOf(event), canonicalJson(bodyOf(event))]));
    for (const event of await client.database.snapshot('parent', '', 10)) {
      assert.equal(canonicalJson(bodyOf(event)), bodies.get(lineOf(event)), lineOf(event));
    }
  });
}
