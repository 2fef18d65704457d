import assert from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { type Store, withPrefix } from '../../src/store/store.ts';
import type { LabRouters } from './lab-routers.ts';
import { readRecording } from './recorded.ts';
import { listOf, objectOf, type Rest, textOf, until, untilStatus } from './rest.ts';

/** One write of a key; the value as JSON where it is, '' included; undefined for a deletion. */
export interface Write {
  readonly key: string;
  readonly value: Json | undefined;
  readonly revision: number;
}

/** What is compared: the API, and the store behind it. */
export interface Kamado {
  readonly rest: Rest;
  readonly store: Store;
}

/** Two edge routers. */
export type Pair = readonly [string, string];

/** Ids of a run → those of the recording. */
export type Renaming = ReadonlyMap<string, string>;

const HA = '/v2.0/ha_routers';
const EDGE = '/v2.0/edge_routers';

/** Creates edge routers and waits until they are ACTIVE. */
export async function createEdgeRouters(rest: Rest, fields: readonly JsonObject[]): Promise<readonly string[]> {
  const created = await Promise.all(fields.map((one) => rest.create(EDGE, one)));
  const ids = created.map((router) => textOf(router.id));
  for (const id of ids) await untilStatus(rest, `${EDGE}/${id}`, 'ACTIVE');
  return ids;
}

/** Every write of the keys that speak of a resource, from the beginning of the store's history, in order. */
export async function writesOf(store: Store, id: string): Promise<readonly Write[]> {
  const { revision: last } = await store.get({ from: '/' });
  const writes: Write[] = [];
  let seen = 0;
  const watch = store.watch(
    withPrefix('/'),
    { fromRevision: 1 },
    {
      onEvents: (events, revision) => {
        seen = revision;
        for (const event of events) {
          const key = event.type === 'put' ? event.entry.key : event.key;
          const value = event.type === 'put' ? parsed(event.entry.value) : undefined;
          if (key.includes(id) && revision <= last) writes.push({ key, value, revision });
        }
      },
      onCompacted: () => assert.fail('the history is not whole'),
    },
  );
  await until('the history of the store', () => seen >= last);
  watch.close();
  return writes;
}

function parsed(text: string): Json {
  try {
    const value: Json = JSON.parse(text);
    return value;
  } catch {
    return text;
  }
}

/** The same with the ids of the recording. */
export function renamed<Value extends Json>(value: Value, renaming: Renaming): Value {
  let text = JSON.stringify(value);
  for (const [ours, recorded] of renaming) text = text.replaceAll(ours, recorded);
  return JSON.parse(text);
}

/** A recorded or written value in the form in which equality is asked: `body` decoded, params in order of names. */
export function comparable(value: Json): Json {
  if (Array.isArray(value)) {
    const [handler, job, ...rest] = value;
    const params = listOf(objectOf(job).params).map(objectOf);
    const ordered = [...params].sort((a, b) => textOf(a.param).localeCompare(textOf(b.param)));
    return [handler ?? null, { ...objectOf(job), params: ordered }, ...rest];
  }
  const record = objectOf(value);
  return typeof record.body === 'string' ? { ...record, body: parsed(record.body) } : value;
}

/** 'family' of a key: what stands before the resource's path or the job's id. */
export function familyOf(key: string): string {
  return key.startsWith('/jobs/') ? key.split('/').slice(0, 3).join('/') : key.replace(/\/v2\.0\/.*$/, '');
}

/** Creates the HA router of `etcd.jsonl` and finds each of its values equal to those that are written. */
export async function compareWithEtcdRecording(kamado: Kamado, edgeRouters: Pair): Promise<void> {
  const recording = readRecording('etcd.jsonl');
  assert.deepEqual(recording.map((line) => familyOf(textOf(line.key))).sort(), [
    '/config',
    '/esi-worker/job_state',
    '/jobs/all',
    '/state',
  ]);
  const body = objectOf(objectOf(recording.find((line) => textOf(line.key).startsWith('/config'))?.value).body);
  const { id, writes, renaming } = await runHaRouter(kamado, edgeRouters, body);
  for (const line of recording) {
    const family = familyOf(textOf(line.key));
    const written = writes.filter((write) => familyOf(write.key) === family && write.value !== undefined);
    // The job's state is {} at first; the recorded one is what the last job left.
    const last = written.at(-1);
    assert.ok(last !== undefined, `nothing was written under ${family} for ${id}`);
    assert.equal(renamed(last.key, renaming), textOf(line.key));
    assert.deepEqual(renamed(comparable(last.value ?? null), renaming), comparable(line.value ?? null), family);
  }
}

/** Sends the POST of `http.jsonl` and finds the answer of `client_views.jsonl`. */
export async function compareWithHttpRecording(kamado: Kamado, edgeRouters: Pair): Promise<void> {
  const [request] = readRecording('http.jsonl');
  const [view] = readRecording('client_views.jsonl');
  assert.equal(request?.method, 'POST');
  assert.equal(request?.path, HA);
  const shown = objectOf(objectOf(view?.json).ha_router);
  const { active, renaming } = await runHaRouter(kamado, edgeRouters, shown);
  assert.deepEqual(renamed(active, renaming), shown);
  const sent = objectOf(objectOf(request?.body).ha_router);
  assert.deepEqual(renamed(postOf(shown, edgeRouters), renaming), sent, 'what was sent is what was recorded');
}

/**
 * Repeats the run of `recorded_2017.jsonl`: the answers to POST and GET, the values of every key that the original
 * wrote for the HA router, and their order.
 */
export async function compareWithFullRecording(kamado: Kamado, edgeRouters: Pair): Promise<void> {
  const recording = readRecording('recorded_2017.jsonl');
  const post = recording.find((line) => line.trace === 'request' && line.method === 'POST');
  const view = recording.find((line) => line.trace === 'view');
  const answer = objectOf(objectOf(post?.response).ha_router);
  const run = await runHaRouter(kamado, edgeRouters, answer);
  assert.deepEqual(renamed(run.created, run.renaming), answer);
  assert.deepEqual(renamed(run.active, run.renaming), objectOf(objectOf(view?.json).ha_router));

  const events = recording.filter((line) => line.trace === 'etcd-full' && isOurs(textOf(line.key)));
  const writes = run.writes.map(({ key, value, revision }) => ({
    key: renamed(key, run.renaming),
    value: value === undefined ? undefined : renamed(comparable(value), run.renaming),
    revision,
  }));
  const valued = events.filter((event) => !isWithoutValue(textOf(event.key), event));
  assert.ok(valued.length >= 7, 'the recording has values');
  for (const { key, value } of valued) {
    const found = writes.filter((write) => write.key === key && write.value !== undefined);
    const equal = found.some((write) => isDeepStrictEqual(write.value, comparable(value ?? null)));
    assert.ok(equal, `${textOf(key)}: ${JSON.stringify(found)} has no ${JSON.stringify(value)}`);
  }
  compareOrder(events, writes);
}

/** Keys that the original kept for itself: its journal, its locks. */
function isOurs(key: string): boolean {
  return !key.startsWith('/worker-workflow-jobs') && !key.startsWith('/gohan/');
}

/** Events whose values are nobody's or only of that run: deletions, the claim's id, the empty finish. */
function isWithoutValue(key: string, { action }: JsonObject): boolean {
  const deletes = action === 'delete' || action === 'compareAndDelete';
  return deletes || key.startsWith('/jobs/working/') || key.startsWith('/jobs/finished/');
}

/** Every key is first written, and the lists of jobs are left, in the recorded order; several may be one transaction. */
function compareOrder(events: readonly JsonObject[], writes: readonly Write[]): void {
  const steps = new Map<string, number>();
  for (const event of events) {
    const key = textOf(event.key);
    const deletes = event.action === 'delete' || event.action === 'compareAndDelete';
    const step = `${deletes ? 'delete' : 'put'} ${key}`;
    // The original removed job_state after the job, Kamado with its finish (compatibility J5).
    if (steps.has(step) || (deletes && key.startsWith('/esi-worker/job_state'))) continue;
    const ours = writes.find((write) => write.key === key && (write.value === undefined) === deletes);
    assert.ok(ours !== undefined, `there is no ${step}`);
    steps.set(step, ours.revision);
  }
  const revisions = [...steps.values()];
  assert.deepEqual(
    revisions,
    [...revisions].sort((a, b) => a - b),
    JSON.stringify([...steps]),
  );
}

/** Non-workable: READ_COMPLETE at once, ACTIVE only when both edge routers are; values as in `recorded_2018.jsonl`. */
export async function compareWith2018Recording(kamado: Kamado, lab: LabRouters): Promise<void> {
  const { rest, store } = kamado;
  const recording = readRecording('recorded_2018.jsonl');
  const events = recording.filter((line) => line.trace === 'etcd');
  const config = objectOf(events.find((line) => textOf(line.key).startsWith('/config/'))?.value);
  const state = events.find((line) => textOf(line.key).startsWith('/state/'))?.value;
  const body = objectOf(config.body);
  for (const router of lab.routers) router.setFault({ kind: 'refuse' });
  const edges = await Promise.all(lab.fields.map((fields) => rest.create(EDGE, fields)));
  const [primary = '', secondary = ''] = edges.map((edge) => textOf(edge.id));
  const created = await rest.create(HA, postOf(body, [primary, secondary]));
  const id = textOf(created.id);
  const renaming = renamingOf([primary, secondary], id, body);
  assert.deepEqual(renamed(created, renaming), body);
  const read = await until('READ_COMPLETE', () => stateOf(store, id));
  assert.deepEqual(read, state);
  const view = recording.find((line) => line.trace === 'view');
  for (const [i, router] of lab.routers.entries()) {
    assert.equal((await rest.get(`${HA}/${id}`))?.status, 'PENDING_CREATE', 'not before its routers');
    router.setFault({ kind: 'none' });
    await untilStatus(rest, `${EDGE}/${[primary, secondary][i]}`, 'ACTIVE');
  }
  const active = await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
  assert.deepEqual(renamed(active, renaming), objectOf(objectOf(view?.json).ha_router));
  const writes = await writesOf(store, id);
  const written = (family: string) =>
    writes.filter((write) => familyOf(write.key) === family).map((write) => comparable(write.value ?? null));
  assert.deepEqual(
    written('/config').map((value) => renamed(value, renaming)),
    [config],
  );
  assert.deepEqual(written('/state'), [state]);
  assert.deepEqual(written('/jobs/all'), []);
}

async function stateOf(store: Store, id: string): Promise<Json | null> {
  const { entries } = await store.get({ from: `/state${HA}/${id}` });
  return entries[0] === undefined ? null : parsed(entries[0].value);
}

/** What a client sends for a recorded body. */
function postOf(body: JsonObject, [primary, secondary]: Pair): JsonObject {
  const { name = '', description = '', tenant_id = '' } = body;
  return { name, description, tenant_id, primary_router_id: primary, secondary_router_id: secondary };
}

function renamingOf([primary, secondary]: Pair, id: string, body: JsonObject): Map<string, string> {
  return new Map([
    [primary, textOf(body.primary_router_id)],
    [secondary, textOf(body.secondary_router_id)],
    [id, textOf(body.id)],
  ]);
}

interface Run {
  readonly id: string;
  /** The answer to the POST, and to a GET once it is ACTIVE. */
  readonly created: JsonObject;
  readonly active: JsonObject;
  readonly writes: readonly Write[];
  readonly renaming: Renaming;
}

/** Creates an HA router with the fields of a recorded body; resolves when it is ACTIVE and nothing is left to do. */
async function runHaRouter({ rest, store }: Kamado, pair: Pair, body: JsonObject): Promise<Run> {
  const created = await rest.create(HA, postOf(body, pair));
  const id = textOf(created.id);
  const active = await untilStatus(rest, `${HA}/${id}`, 'ACTIVE');
  await until('an empty queue', async () => (await rest.store('/jobs/')).length === 0);
  const writes = await writesOf(store, id);
  const renaming = renamingOf(pair, id, body);
  const [suffix] = suffixes(writes.map((write) => write.key));
  const [recorded] = suffixes(readRecording('etcd.jsonl').map((line) => textOf(line.key)));
  assert.ok(suffix !== undefined && recorded !== undefined);
  renaming.set(`:1:${suffix}`, `:1:${recorded}`);
  return { id, created, active, writes, renaming };
}

/** The random ends of job ids. */
function suffixes(keys: readonly string[]): readonly string[] {
  return keys.flatMap((key) => /^\/jobs\/all\/.*:([a-z0-9]{5})$/.exec(key)?.[1] ?? []);
}
