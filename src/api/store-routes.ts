import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type MaskRules, maskStoreValue } from '../database/mask.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import {
  type KeyRange,
  type KeyValue,
  oneKey,
  type Store,
  type StoreEvent,
  type Watch,
  withPrefix,
} from '../store/store.ts';
import { type ChangeStreams, LINES_TYPE } from './change-streams.ts';
import { invalid, type Parameters, parametersOf, single, unsigned } from './list-query.ts';
import { JSON_TYPE } from './requests.ts';
import { serve } from './routes.ts';
import { holds, type StoreMasks, withMarks } from './store-masks.ts';

interface StoreContext {
  readonly store: Store;
  readonly streams: ChangeStreams;
  readonly masks: StoreMasks;
}

/**
 * Serves a look into the store, secrets masked:
 * - `GET /kamado/v1/store?prefix=&after=<key>&limit=&revision=`: `{revision, count, entries}` in order of keys, as of now
 *   or of that revision; `count` counts all of the range, so that there is more where it is larger than the number of
 *   entries;
 * - `GET /kamado/v1/store/key?key=`: `{revision, entry}`, the entry null where there is none;
 * - `GET /kamado/v1/store/watch?prefix=&from=<revision>`: changes as JSON lines, from that revision or from now on; the
 *   last line says `compacted` where history is missing, with `rewound` where the store has gone back to an older state.
 */
export function serveStore(fastify: FastifyInstance, context: StoreContext): void {
  serve(fastify, '/kamado/v1/store', { GET: (request, reply) => range(context, request, reply) });
  serve(fastify, '/kamado/v1/store/key', { GET: (request, reply) => oneEntry(context, request, reply) });
  // HEAD would wait for the end of a stream that has none.
  serve(
    fastify,
    '/kamado/v1/store/watch',
    { GET: (request, reply) => watch(context, request, reply) },
    { head: false },
  );
}

async function range({ store, masks }: StoreContext, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const parameters = parametersOf(request.query);
  const limit = unsigned(parameters, 'limit', limits.storePageKeys, limits.storePageKeys);
  const revision = unsigned(parameters, 'revision', 0, Number.MAX_SAFE_INTEGER);
  // To a store 0 means without a limit.
  const found = await store.get(rangeOf(parameters), { limit: Math.max(limit, 1), ...(revision > 0 && { revision }) });
  const rules = await masks.forEntries(found.entries, found.revision);
  const entries: JsonObject[] = [];
  let bytes = 0;
  for (const entry of found.entries.slice(0, limit)) {
    const shown = shownEntry(rules, entry);
    bytes += Buffer.byteLength(shown.value);
    // At least one, so that whoever goes on after the last key arrives at the end.
    if (bytes > limits.storeAnswerBytes && entries.length > 0) break;
    entries.push(shown);
  }
  reply.header('content-type', JSON_TYPE);
  return JSON.stringify({ revision: found.revision, count: found.count, entries });
}

async function oneEntry({ store, masks }: StoreContext, request: FastifyRequest, reply: FastifyReply): Promise<string> {
  const key = keyText(parametersOf(request.query), 'key');
  if (key === undefined || key === '') throw invalid('key', 'it is missing');
  const { entries, revision } = await store.get(oneKey(key));
  const [entry] = entries;
  const shown = entry === undefined ? null : shownEntry(await masks.forEntries(entries, revision), entry);
  reply.header('content-type', JSON_TYPE);
  return JSON.stringify({ revision, entry: shown });
}

async function watch(context: StoreContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { store, streams, masks } = context;
  const parameters = parametersOf(request.query);
  const from = unsigned(parameters, 'from', 0, Number.MAX_SAFE_INTEGER);
  const watched = rangeOf(parameters);
  const { rules, fromRevision } = await masks.forChanges(from);
  let watching: Watch | undefined;
  const { revision } = await store.get(oneKey('/'), { keysOnly: true });
  const stream = streams.open(() => watching?.close());
  const listAgain = (last: number, rewound: boolean): void => {
    stream.send({ type: 'compacted', compactRevision: last, ...(rewound && { rewound }) });
    stream.end();
  };
  try {
    watching = store.watch(
      withMarks(watched),
      { fromRevision },
      {
        onEvents: (events) => {
          masks.learn(events);
          for (const event of events) if (holds(watched, keyOf(event))) stream.send(shownEvent(rules, event));
        },
        onCompacted: (compactRevision) => listAgain(compactRevision, false),
        onRewound: (now) => listAgain(now, true),
      },
    );
    // Who has seen later revisions has seen them before the store went back: nothing would be told for a long time.
    if (from > revision + 1) listAgain(revision, true);
  } catch (error) {
    stream.body.destroy();
    throw error;
  }
  reply.header('content-type', LINES_TYPE);
  reply.send(stream.body);
  // The answer begins with the first change, which may be long in coming; the reader is to know that it is heard.
  reply.raw.flushHeaders();
  return reply;
}

/** The keys of the prefix, after the last one that the reader has. */
function rangeOf(parameters: Parameters): KeyRange {
  const whole = withPrefix(keyText(parameters, 'prefix') ?? '');
  const after = keyText(parameters, 'after');
  return after === undefined || after < whole.from ? whole : { ...whole, from: `${after}\0` };
}

/** A key, or the beginning of one. @throws QUERY_INVALID: keys are printable ASCII */
function keyText(parameters: Parameters, name: string): string | undefined {
  const text = single(parameters, name);
  if (text !== undefined && !/^[\x20-\x7e]{0,1024}$/.test(text)) throw invalid(name, 'it is no key');
  return text;
}

function keyOf(event: StoreEvent): string {
  return event.type === 'put' ? event.entry.key : event.key;
}

function shownEntry(rules: MaskRules, entry: KeyValue) {
  const { key, createRevision, modRevision, version } = entry;
  return { key, value: maskStoreValue(rules, entry), createRevision, modRevision, version };
}

function shownEvent(rules: MaskRules, event: StoreEvent): JsonObject {
  return event.type === 'put'
    ? { type: 'put', ...shownEntry(rules, event.entry) }
    : { type: 'delete', key: event.key, modRevision: event.modRevision };
}
