import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Mirror, type MirrorEntry } from '../../src/controller/mirror.ts';
import type { KeyValue, Operation, StoreEvent } from '../../src/store/store.ts';

const names = ['/a', '/b', '/c'] as const;

/** What the store does and what the mirror hears, in any interleaving that can be. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('own' as const),
      key: fc.constantFrom(...names),
      put: fc.boolean(),
      works: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('other' as const), key: fc.constantFrom(...names), put: fc.boolean() }),
    fc.record({ kind: fc.constant('hear' as const), revisions: fc.integer({ min: 1, max: 4 }) }),
    fc.record({ kind: fc.constant('relist' as const) }),
  ),
  { maxLength: 60 },
);

/** A store of few keys, and the history that a watcher is behind on. */
class Model {
  readonly entries = new Map<string, KeyValue>();
  readonly history: { readonly revision: number; readonly event: StoreEvent }[] = [];
  revision = 1;

  write(key: string, put: boolean): void {
    const known = this.entries.get(key);
    if (!put && known === undefined) return;
    this.revision++;
    const modRevision = this.revision;
    if (put) {
      const entry = {
        key,
        value: `${modRevision}`,
        createRevision: known?.createRevision ?? modRevision,
        modRevision,
        version: 1,
        lease: null,
      };
      this.entries.set(key, entry);
      this.history.push({ revision: modRevision, event: { type: 'put', entry, previous: null } });
    } else {
      this.entries.delete(key);
      this.history.push({ revision: modRevision, event: { type: 'delete', key, modRevision, previous: null } });
    }
  }
}

test('the mirror never goes back, and ends equal to the store, in any order of own writes and late news', () => {
  fc.assert(
    fc.property(steps, (given) => {
      const store = new Model();
      const index = new Map<string, MirrorEntry<string>>();
      const newest = new Map<string, number>();
      const mirror = new Mirror<string>({
        keeps: () => true,
        read: (_key, text) => text,
        set: (entry) => index.set(entry.key, entry),
        delete: (key) => index.delete(key),
      });
      const check = (): void => {
        for (const [key, entry] of index) {
          assert.ok(entry.modRevision >= (newest.get(key) ?? 0), `${key} went back`);
          newest.set(key, entry.modRevision);
        }
      };
      let heard = 0;
      const hear = (most: number): void => {
        for (const { revision, event } of store.history.slice(heard, heard + most)) mirror.watch([event], revision);
        heard = Math.min(heard + most, store.history.length);
      };
      for (const step of given) {
        if (step.kind === 'own') {
          const before = [...index].map(([key, entry]) => [key, entry.value]);
          const operation: Operation = step.put
            ? { type: 'put', key: step.key, value: `${store.revision + 1}` }
            : { type: 'delete', range: { from: step.key } };
          mirror.stage([operation]);
          assert.ok(mirror.isStaged(step.key));
          assert.equal(index.has(step.key), step.put);
          if (step.works) {
            store.write(step.key, step.put);
            mirror.confirm(store.revision);
          } else {
            mirror.takeBack();
            assert.deepEqual([...index].map(([key, entry]) => [key, entry.value]).sort(), before.sort());
          }
          assert.ok(!mirror.isStaged(step.key));
        } else if (step.kind === 'other') store.write(step.key, step.put);
        else if (step.kind === 'hear') hear(step.revisions);
        else {
          mirror.reset([...store.entries.values()], store.revision);
          heard = store.history.length;
        }
        check();
      }
      hear(store.history.length);
      const shown = [...index.values()].map(({ key, value, modRevision }) => ({ key, value, modRevision }));
      const expected = [...store.entries.values()].map(({ key, value, modRevision }) => ({ key, value, modRevision }));
      const byKey = (a: { key: string }, b: { key: string }): number => (a.key < b.key ? -1 : 1);
      assert.deepEqual(shown.sort(byKey), expected.sort(byKey));
      assert.equal(mirror.watchedRevision >= (store.history.at(-1)?.revision ?? 0), true);
    }),
    { numRuns: 500 },
  );
});

test('a list takes away what is not in it, and keeps what was written since', () => {
  const index = new Map<string, MirrorEntry<string>>();
  const mirror = new Mirror<string>({
    keeps: (key) => key !== '/c',
    read: (_key, text) => text,
    set: (entry) => index.set(entry.key, entry),
    delete: (key) => index.delete(key),
  });
  const entry = (key: string, modRevision: number): KeyValue => ({
    key,
    value: 'v',
    createRevision: 1,
    modRevision,
    version: 1,
    lease: null,
  });
  mirror.reset([entry('/a', 2), entry('/b', 3), entry('/c', 3)], 5);
  assert.deepEqual([...index.keys()], ['/a', '/b']);
  mirror.stage([
    { type: 'put', key: '/new', value: 'x' },
    { type: 'delete', range: { from: '/b' } },
  ]);
  mirror.confirm(9);
  mirror.reset([entry('/b', 3)], 8);
  assert.deepEqual([...index.keys()], ['/new']);
  assert.equal(index.get('/new')?.modRevision, 9);
});
