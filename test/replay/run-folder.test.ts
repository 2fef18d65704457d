import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json } from '../../src/kernel/json.ts';
import { runAgainst } from '../../src/replay/against.ts';
import { replayController } from '../../src/replay/controller/controller-replay.ts';
import { readRunFolder } from '../../src/replay/run-folder.ts';
import { createRunFolder } from '../../src/replay/run-writer.ts';
import { templates, workModel } from '../support/work.ts';

interface Files {
  readonly run?: Json;
  readonly mappings?: Json;
  readonly events?: readonly Json[] | string;
}

const good = { generation: '2019', lossless: true, events: 'events.jsonl', schemas: 'schemas.json' };

/** A run folder with these files; those not given are as they should be. */
async function runFolder(t: TestContext, files: Files = {}): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'kamado-run-'));
  t.after(() => rm(folder, { recursive: true }));
  const { run = good, mappings, events = [] } = files;
  const lines = typeof events === 'string' ? events : events.map((event) => JSON.stringify(event)).join('\n');
  await writeFile(join(folder, 'run.json'), typeof run === 'string' ? run : JSON.stringify(run));
  await writeFile(join(folder, 'events.jsonl'), lines);
  await writeFile(join(folder, 'schemas.json'), JSON.stringify({ schemas: workModel.documents }));
  if (mappings !== undefined) await writeFile(join(folder, 'template_mappings.json'), JSON.stringify(mappings));
  return folder;
}

const config = (type: string, id: string, version: number, body: { readonly [name: string]: Json }) => ({
  action: 'set',
  key: `/config/v2.0/${type}s/${id}`,
  value: { body: { id, ...body }, marked_for_deletion: false, version },
});
const template = (id: string) => config('heat_template', id, 1, { parameter_mappings: templates[id] ?? {} });

const bad: readonly (readonly [string, Files, RegExp])[] = [
  ['no JSON', { run: '{' }, /run\.json: a JSON object is expected/],
  ['no paths', { run: { generation: '2017' } }, /needs the paths "events" and "schemas"/],
  ['no events file', { run: { ...good, events: 'none.jsonl' } }, /none\.jsonl: .*ENOENT/],
  ['a line that is no object', { events: '{}\n[1]' }, /line 1: unknown action null/],
  [
    'a line that is no JSON',
    { events: '{"action":"set","key":"/a","value":1}\n{"act' },
    /line 2: an object is expected/,
  ],
  ['an unknown action', { events: [{ action: 'burn', key: '/a' }] }, /line 1: unknown action "burn"/],
  ['no key', { events: [{ action: 'set', value: 1 }] }, /line 1: a key that begins with \/ is expected/],
  [
    'a line that nests too deeply',
    { events: `{"action":"set","key":"/a","value":${'['.repeat(70)}${']'.repeat(70)}}` },
    /line 1 is nested/,
  ],
  ['a folder as events', { run: { ...good, events: '.' } }, /it is not a file/],
  ['mappings of no handler', { mappings: { heat_worker: 'Cpart' } }, /heat_worker: an object by types is expected/],
];

for (const [what, files, message] of bad) {
  test(`a run folder with ${what} is refused with its place`, async (t) => {
    const folder = await runFolder(t, files);
    await assert.rejects(
      readRunFolder(folder),
      (error) => isKamadoError(error, 'RUN_UNREADABLE') && message.test(error.message),
    );
  });
}

test('a mapping that cannot be parsed and schemas with faults are refused', async (t) => {
  const mapping = await runFolder(t, { mappings: { builder: { part: 'Xpart' } } });
  await assert.rejects(readRunFolder(mapping), (error) => isKamadoError(error, 'MAPPING_INVALID'));
  const schemas = await runFolder(t, { run: { ...good, schemas: 'nowhere.json' } });
  await assert.rejects(readRunFolder(schemas), (error) => isKamadoError(error, 'CATALOG_UNREADABLE'));
});

test('what no store would hold changes nothing', async (t) => {
  const events = [
    { action: 'set', key: '/jobs/all', value: null },
    { action: 'set', key: '/jobs/all/x', value: 'no job' },
    { action: 'set', key: '/jobs/all/create:builder:part:a:1:abcde', value: ['builder', { id: 7 }, 0] },
    { action: 'set', key: '/config/v2.0/parts/a', value: 'no config' },
    { action: 'set', key: '/state/v2.0/parts/a', value: { version: 'x' } },
    { action: 'delete', key: '/config/v2.0/nothings/a' },
    { action: 'expire', key: '/jobs/working/y' },
  ];
  const report = await replayController(await readRunFolder(await runFolder(t, { events })), []);
  assert.deepEqual(report.mismatches, []);
});

test('a family that the run does not hold is not recorded', async (t) => {
  const events = [template('part'), config('part', 'a', 1, { name: 'A' }), config('plain', 'p', 1, {})];
  const report = await replayController(await readRunFolder(await runFolder(t, { events })), []);
  assert.deepEqual(
    report.families.map(({ isRecorded }) => isRecorded),
    [false, false, false],
  );
});

test('the handlers of template_mappings.json take the place of those of the schemas, in their order', async (t) => {
  const folder = await runFolder(t, {
    mappings: { looker: { both: 'Clook' }, builder: { both: 'Cpart', plain: 'Cpart' } },
  });
  const { types } = (await readRunFolder(folder)).model;
  const namesOf = (type: string) => types.get(type)?.handlers.map(({ handler }) => handler);
  assert.deepEqual([namesOf('both'), namesOf('plain'), namesOf('part')], [['looker', 'builder'], ['builder'], []]);
});

test('handlers may come as a list of objects, as the oldest dumps have them', async (t) => {
  const folder = await runFolder(t, { mappings: [{ looker: { both: 'Clook' } }, { builder: { both: 'Cpart' } }] });
  const { types } = (await readRunFolder(folder)).model;
  assert.deepEqual(
    types.get('both')?.handlers.map(({ handler }) => handler),
    ['looker', 'builder'],
  );
});

test('a change that was never answered is seen at the end of a run that plans when it likes', async (t) => {
  const run = { ...good, level_triggered: true };
  const state = {
    action: 'set',
    key: '/state/v2.0/plains/q',
    value: { error: '', state: { worker_state: 'READ_COMPLETE' }, version: 1 },
  };
  const processed = {
    action: 'set',
    key: '/esi-worker/config/v2.0/plains/q',
    value: { body: { id: 'q' }, deleted: false, version: 1 },
  };
  const forgotten = config('plain', 'forgotten', 1, {});
  const events = [forgotten, config('plain', 'q', 1, {}), state, processed];
  const { mismatches } = await replayController(await readRunFolder(await runFolder(t, { run, events })), []);
  assert.deepEqual(
    mismatches.map(({ index, subject }) => [index, subject]),
    [[1, 'plain:forgotten:1']],
  );
  const late = await runFolder(t, { run, events: [...events.slice(1), forgotten] });
  const { mismatches: none, excused } = await replayController(await readRunFolder(late), []);
  assert.deepEqual(none, []);
  assert.match(excused[0]?.excuse ?? '', /ended before/);
});

test('a recording goes into a folder that is empty', async (t) => {
  const folder = await runFolder(t);
  const refused = (error: unknown) => isKamadoError(error, 'RUN_UNWRITABLE');
  await assert.rejects(createRunFolder(folder, []), refused);
  await assert.rejects(createRunFolder(join(folder, 'run.json'), []), refused);
  const fresh = join(folder, 'fresh');
  const writer = await createRunFolder(fresh, workModel.documents);
  assert.equal((await readRunFolder(fresh)).lossless, false);
  await writer.write({ kind: 'set', key: '/config/v2.0/parts/a', value: '{}', revision: 7 }, new Date(0));
  await writer.write({ kind: 'set', key: '/kamado/host_keys/x', value: '{}', revision: 8 }, new Date(0));
  await writer.end();
  const run = await readRunFolder(fresh);
  assert.equal(run.lossless, true);
  assert.deepEqual(run.events, [
    { index: 1, transaction: 7, kind: 'put', key: '/config/v2.0/parts/a', value: '{}', timeMs: 0 },
  ]);
});

test('against: what another run folder would change, and how it comes about', async (t) => {
  const events = [
    template('part'),
    template('look'),
    config('part', 'p', 1, { name: 'P', secret: 'hush' }),
    config('look', 'l', 1, { at_id: 'p' }),
    config('plain', 'q', 1, {}),
  ];
  const changedTemplate = config('heat_template', 'look', 2, {
    parameter_mappings: { at: { field: 'id', path: ['at_id'] }, more: { field: 'secret', path: ['at_id'] } },
  });
  const [present, changed] = [await runFolder(t, { events }), await runFolder(t, { events: [changedTemplate] })];
  assert.deepEqual(await runAgainst(present, present, []), { planned: 3, changed: [] });
  const report = await runAgainst(present, changed, []);
  assert.deepEqual(report, {
    planned: 3,
    changed: [
      {
        name: 'look:l:1',
        differences: [
          {
            pointer: '/jobs/create:looker/params/at/value',
            recorded: 'P',
            planned: 'p',
            because: "'p' = id of part:p (at_id of look:l)",
          },
          {
            pointer: '/jobs/create:looker/params/more',
            planned: {
              param: 'more',
              type: 'value',
              value: '***',
              resources: [{ resource_type: 'part', resource_id: 'p' }],
            },
            recorded: undefined,
            because: '*** = secret of part:p (at_id of look:l)',
          },
        ],
      },
    ],
  });
});

test('against: a type, a handler or a template that is gone', async (t) => {
  const events = [template('part'), config('part', 'p', 1, { name: 'P' })];
  const present = await runFolder(t, { events });
  const outcomes = async (files: Files): Promise<readonly Json[]> => {
    const { changed } = await runAgainst(present, await runFolder(t, files), []);
    return changed.flatMap(({ differences }) =>
      differences.filter(({ pointer }) => pointer === '/outcome').map(({ planned }) => planned ?? null),
    );
  };
  assert.deepEqual(await outcomes({ mappings: {} }), ['read, and nothing works on it']);
  assert.deepEqual(await outcomes({ mappings: { builder: { part: 'Cother' } } }), [
    'cannot be planned: Unresolved reference heat_template:other (param template).',
  ]);
});
