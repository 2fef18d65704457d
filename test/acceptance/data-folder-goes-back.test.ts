import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Disposables } from '../../src/app/disposables.ts';
import { dataFiles } from '../../src/app/factories.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { type ApplicationHere, startApplicationHere } from './application-here.ts';
import { textOf, until, untilStatus } from './rest.ts';
import { assertConsistent, keysAbout, untilIdle } from './traces-left.ts';

const NOTES = '/v2.0/notes';
const text = { type: 'string', permission: ['create', 'update'] };
/** A type that nobody works on. */
const note = {
  id: 'note',
  singular: 'note',
  plural: 'notes',
  prefix: '/v2.0',
  title: 'note',
  metadata: { state_versioning: true, status_machine: '2017' },
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string', format: 'uuid', unique: true, permission: ['create'] },
      name: { ...text, default: '' },
      status: { type: ['string', 'null'], default: 'NO_STATE', permission: [] },
    },
  },
};

async function writeNotes(folder: string): Promise<string> {
  await mkdir(join(folder, 'catalog', 'schemas'), { recursive: true });
  // JSON is YAML.
  await writeFile(join(folder, 'catalog', 'schemas', 'note.yaml'), JSON.stringify({ schemas: [note] }));
  return join(folder, 'catalog');
}

/** Puts one file of the data folder back to what it is in another folder. */
async function putBack(file: string, from: string, to: string): Promise<void> {
  const isOfFile = (name: string): boolean => name === file || name.startsWith(`${file}-`);
  for (const name of await readdir(to)) if (isOfFile(name)) await rm(join(to, name));
  for (const name of await readdir(from)) if (isOfFile(name)) await cp(join(from, name), join(to, name));
}

async function createNote({ rest }: ApplicationHere, name: string): Promise<string> {
  const id = textOf((await rest.create(NOTES, { name })).id);
  await untilStatus(rest, `${NOTES}/${id}`, 'ACTIVE');
  return id;
}

for (const file of [dataFiles.store, dataFiles.database, dataFiles.timeline]) {
  test(`${file} is put back to an older copy, the other files aren't`, async () => {
    const parts = new Disposables(systemRuntime);
    try {
      const folder = await mkdtemp(join(tmpdir(), 'kamado-put-back-'));
      parts.keep({ close: () => rm(folder, { recursive: true, force: true }) });
      const catalog = await writeNotes(folder);
      const [dataDir, saved] = [join(folder, 'data'), join(folder, 'saved')];
      const first = await startApplicationHere({ catalog, dataDir });
      const [changed, removed] = [await createNote(first, 'as it was'), await createNote(first, 'as it was')];
      await untilIdle(first);
      await first.close();
      await cp(dataDir, saved, { recursive: true });

      const second = await startApplicationHere({ catalog, dataDir });
      const made = await createNote(second, 'made since');
      await second.rest.call('PATCH', `${NOTES}/${changed}`, { note: { name: 'changed since' } });
      await untilStatus(second.rest, `${NOTES}/${changed}`, 'ACTIVE');
      await second.rest.call('DELETE', `${NOTES}/${removed}`);
      await until('404', async () => (await second.rest.get(`${NOTES}/${removed}`)) === null);
      await untilIdle(second);
      await second.close();
      await putBack(file, saved, dataDir);

      const application = parts.keep(await startApplicationHere({ catalog, dataDir }));
      const { rest, store } = application;
      // The database says what is there.
      const isNewer = file !== dataFiles.database;
      const [there, gone] = isNewer ? [made, removed] : [removed, made];
      const after = await createNote(application, 'after');
      await until('the store is as the database', async () => {
        return await assertConsistent(application, ['note']).then(
          () => true,
          () => false,
        );
      });
      await untilIdle(application);
      for (const id of [there, changed, after]) assert.equal((await rest.get(`${NOTES}/${id}`))?.status, 'ACTIVE');
      assert.equal((await rest.get(`${NOTES}/${changed}`))?.name, isNewer ? 'changed since' : 'as it was');
      assert.equal(await rest.get(`${NOTES}/${gone}`), null);
      assert.deepEqual(await keysAbout(store, gone), []);
      await until('the timeline goes on', async () => (await rest.timeline('note', after)).length > 0);
      const times = (await rest.timeline('note', changed)).map(({ time }) => textOf(time));
      assert.ok(times.length >= 4);
      assert.deepEqual(times, [...times].sort(), 'the order is kept');
      assert.deepEqual(application.fatal, []);
    } finally {
      await parts.close();
    }
  });
}
