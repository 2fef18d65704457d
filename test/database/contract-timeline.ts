import assert from 'node:assert/strict';
import { sql, sqlSchema } from '../../src/database/sql.ts';
import { openTimelineLog, type ResourceTimelineEntry, type TimelineLog } from '../../src/database/timeline-log.ts';
import { limits } from '../../src/kernel/limits.ts';
import type { Bench, ContractTest } from './contract-test.ts';

function entry(revision: number, more: Partial<ResourceTimelineEntry> = {}): ResourceTimelineEntry {
  return {
    type: 'router',
    id: 'r',
    place: 0,
    revision,
    timeMs: 1_700_000_000_000.125 + revision,
    writer: 'api',
    action: 'create',
    key: '/config/v2.0/routers/r',
    value: `{"version":${revision}}`,
    ...more,
  };
}

async function openLog({ backend }: Bench, place?: string): Promise<TimelineLog> {
  return await openTimelineLog(await backend.openDriver(place ?? (await backend.newPlace())));
}

/** The log behind the timeline. */
export function timelineContract(test: ContractTest): void {
  test('timeline: entries come back as they were, in the order of revisions', async (bench, t) => {
    const log = await openLog(bench);
    t.after(log.close);
    const actions = ['create', 'update', 'delete', 'expire'] as const;
    const written = actions.map((action, i) => entry(i + 1, { action, value: i === 0 ? 'ü竈🔥 "?"' : '' }));
    const [first, ...rest] = written;
    assert.ok(first !== undefined);
    await log.append(rest, 4);
    await log.append([first, entry(1, { place: 1, key: '/jobs/all/x' }), entry(2, { id: 'other', place: 3 })], 4);
    const shown = (await log.read('router', 'r')).map(({ revision, key, action, value, timeMs, writer }) => ({
      ...{ revision, key, action, value, timeMs, writer },
    }));
    const expected = [first, entry(1, { place: 1, key: '/jobs/all/x' }), ...rest].map(
      ({ type: _type, id: _id, place: _place, ...seen }) => seen,
    );
    assert.deepEqual(shown, expected);
    assert.deepEqual(await log.read('router', 'none'), []);
  });

  test('timeline: what is appended twice is there once, and the revision seen is kept', async (bench, t) => {
    const place = await bench.backend.newPlace();
    const log = await openLog(bench, place);
    assert.equal(await log.seenRevision(), 0);
    const many = Array.from({ length: 47 }, (_, i) => entry(i + 1));
    await log.append(many, 47);
    await log.append([...many.slice(30), entry(48)], 48);
    await log.append([], 60);
    await log.close();
    const again = await openLog(bench, place);
    t.after(again.close);
    assert.equal(await again.seenRevision(), 60);
    const revisions = (await again.read('router', 'r')).map(({ revision }) => revision);
    assert.deepEqual(
      revisions,
      Array.from({ length: 48 }, (_, i) => i + 1),
    );
  });

  test('timeline: what comes after the store went back comes last, and the order is kept for ever', async (bench, t) => {
    const place = await bench.backend.newPlace();
    const log = await openLog(bench, place);
    await log.append([entry(1), entry(7), entry(9)], 9, 'a landmark');
    assert.deepEqual(await log.seen(), { revision: 9, landmark: 'a landmark' });
    await log.append([entry(10)], 12);
    assert.deepEqual(await log.seen(), { revision: 12, landmark: 'a landmark' });
    await log.beginAnew({ revision: 6, landmark: 'another' });
    assert.deepEqual(await log.seen(), { revision: 6, landmark: 'another' });
    const { timeMs } = entry(20);
    const anew = [entry(7, { value: 'new', timeMs }), entry(8, { value: 'new', timeMs })];
    await log.append(anew, 8);
    await log.append(anew, 8);
    await log.close();
    const again = await openLog(bench, place);
    t.after(again.close);
    await again.beginAnew({ revision: 0, landmark: null });
    await again.append([entry(1, { value: 'newest', timeMs })], 1);
    assert.deepEqual(await again.seen(), { revision: 1, landmark: null });
    const entries = await again.read('router', 'r');
    assert.deepEqual(
      entries.map(({ revision, position, value }) => [revision, position, value]),
      [
        [1, 1, '{"version":1}'],
        [7, 7, '{"version":7}'],
        [9, 9, '{"version":9}'],
        [10, 10, '{"version":10}'],
        [7, 13, 'new'],
        [8, 14, 'new'],
        [1, 15, 'newest'],
      ],
    );
    const page = await again.read('router', 'r', { afterRevision: 10, limit: 2 });
    assert.deepEqual(
      page.map(({ position }) => position),
      [13, 14],
    );
    assert.equal(await again.prune(entry(9).timeMs), 2);
  });

  test('timeline: a log from before positions is opened, and goes on', async (bench, t) => {
    const place = await bench.backend.newPlace();
    const driver = await bench.backend.openDriver(place);
    await driver.write(function* () {
      yield sqlSchema(`CREATE TABLE kamado_timeline (
        revision bigint NOT NULL, place integer NOT NULL, key text NOT NULL, type text NOT NULL, id text NOT NULL,
        time_ms ${driver.dialect.number} NOT NULL, writer text NOT NULL, action text NOT NULL, value text NOT NULL,
        PRIMARY KEY (revision, place))${driver.dialect.clustered}`);
      yield sqlSchema('CREATE TABLE kamado_timeline_seen (one integer PRIMARY KEY, revision bigint NOT NULL)');
      yield sql("INSERT INTO kamado_timeline VALUES (3, 0, '/k', 'router', 'r', 1, 'api', 'create', 'old')");
      yield sql('INSERT INTO kamado_timeline_seen VALUES (1, 5)');
    });
    await driver.close();
    const log = await openLog(bench, place);
    t.after(log.close);
    assert.deepEqual(await log.seen(), { revision: 5, landmark: null });
    await log.append([entry(6)], 6);
    assert.deepEqual(
      (await log.read('router', 'r')).map(({ revision, position }) => [revision, position]),
      [
        [3, 3],
        [6, 6],
      ],
    );
  });

  test('timeline: pages', async (bench, t) => {
    const log = await openLog(bench);
    t.after(log.close);
    await log.append(
      Array.from({ length: 10 }, (_, i) => entry(i + 1)),
      10,
    );
    const page = await log.read('router', 'r', { afterRevision: 4, limit: 3 });
    assert.deepEqual(
      page.map(({ revision }) => revision),
      [5, 6, 7],
    );
    assert.equal((await log.read('router', 'r', { limit: limits.timelinePageEntries * 2 })).length, 10);
  });

  test('timeline: prune removes what is too old', async (bench, t) => {
    const log = await openLog(bench);
    t.after(log.close);
    await log.append(
      Array.from({ length: 10 }, (_, i) => entry(i + 1)),
      10,
    );
    assert.equal(await log.prune(entry(4).timeMs), 3);
    assert.equal(await log.prune(entry(4).timeMs), 0);
    assert.deepEqual(
      (await log.read('router', 'r')).map(({ revision }) => revision),
      [4, 5, 6, 7, 8, 9, 10],
    );
    assert.equal(await log.seenRevision(), 10);
    assert.equal(await log.prune(entry(11).timeMs), 7);
  });

  test('timeline: whatever stands in the store can be recorded or is of no resource', async (bench, t) => {
    const log = await openLog(bench);
    t.after(log.close);
    const hostile = [
      entry(1, { value: 'a\0b', writer: '\0', key: '/config/v2.0/routers/r\0' }),
      entry(2, { id: 'x'.repeat(10_000) }),
      entry(3, { type: 'y'.repeat(10_000) }),
      entry(4, { value: '\ud800' }),
    ];
    await log.append(hostile, 4);
    const values = (await log.read('router', 'r')).map(({ value, writer }) => [value, writer]);
    assert.deepEqual(values, [
      ['a\uFFFDb', '\uFFFD'],
      ['\uFFFD', 'api'],
    ]);
    assert.equal(await log.seenRevision(), 4);
  });
}
