import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { systemCaller } from '../../src/database/database.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { assertProblem, objectIn } from '../api/helpers.ts';
import { startHooked } from './hooks-application.ts';
import { catalogFolder } from './hooks-catalog.ts';

const type = (id: string, plural: string, properties: string): string => `
  - id: ${id}
    singular: ${id}
    plural: ${plural}
    title: ${id}
    prefix: /v2.0
    metadata: { state_versioning: true }
    schema:
      type: object
      properties:
        id: { title: ID, description: ID, type: string, permission: [create], unique: true }
        note: { title: Note, description: What happened last, type: [string, 'null'] }
        ${properties}`;

const schemas = `schemas:${type('box', 'boxes', "shelf_id: { type: [string, 'null'], relation: box, permission: [create] }")}
${type('lid', 'lids', 'box_id: { type: string, relation: box, permission: [create] }')}`;

const hooks = `
import { defineHooks } from 'kamado';
import type { Types } from '../types.ts';
export const box = defineHooks<Types, 'box'>('box', {
  *pre_delete_in_transaction({ id, resource, tx }) {
    if (resource.note === 'moved') return { shelf_id: null };
    for (const lid of yield* tx.list('lid', { box_id: id })) yield* tx.remove('lid', lid.id);
    return { note: 'thrown away' };
  },
  *pre_create_in_transaction({ id }) { return { note: id === 'moved' ? id : null }; },
});
`;

/** What holds on every database for hooks of resources that are deleted in two steps. */
export function deletionContract(
  name: string,
  openDriver: () => Promise<SqlDriver>,
  options: { readonly skip?: string | false } = {},
): void {
  const start = async (t: TestContext) => {
    const catalog = catalogFolder(t, { 'schemas/boxes.yaml': schemas, 'hooks/boxes.ts': hooks });
    return await startHooked(t, catalog, { driver: await openDriver() });
  };

  test(`${name}: what a hook removes goes along, and what it returns is set with the mark`, options, async (t) => {
    const { database, send } = await start(t);
    await send('POST', '/v2.0/boxes', { id: 'a' });
    await send('POST', '/v2.0/lids', { id: 'l', box_id: 'a' });
    assert.equal((await send('DELETE', '/v2.0/boxes/a')).status, 204);
    const [box, lid] = [await database.get(systemCaller, 'box', 'a'), await database.get(systemCaller, 'lid', 'l')];
    assert.deepEqual([box?.markedForDeletion, box?.configVersion, box?.body.note], [true, 2, 'thrown away']);
    assert.equal(lid?.markedForDeletion, true);
    const gone = { version: 2, error: '', state: { worker_state: 'DELETE_COMPLETED' } };
    assert.equal(await database.applyState('box', 'a', gone), 'applied');
    assert.equal(await database.applyState('lid', 'l', gone), 'removed');
    assert.equal(await database.get(systemCaller, 'box', 'a'), null);
  });

  test(`${name}: a row that is deleted keeps its references`, options, async (t) => {
    const { send } = await start(t);
    await send('POST', '/v2.0/boxes', { id: 'shelf' });
    await send('POST', '/v2.0/boxes', { id: 'moved', shelf_id: 'shelf' });
    assertProblem(await send('DELETE', '/v2.0/boxes/moved'), 500, 'HOOK_FAILED');
    assert.equal(objectIn(await send('GET', '/v2.0/boxes/moved'), 'box').shelf_id, 'shelf');
  });
}
