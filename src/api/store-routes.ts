import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type JsonObject, limits, type Turns } from '../kernel/index.ts';
import { type MaskRules, maskStoreValue } from '../redaction/index.ts';
import {
  type KeyRange,
  type KeyValue,
  keysOfNextPage,
  oneKey,
  type Store,
  type StoreEvent,
  withPrefix,
} from '../store/index.ts';
import type { AnswerBody } from './answer-body.ts';
import { type ChangeStreams, LINES_TYPE } from './change-streams.ts';
import { listEnd } from './envelope.ts';
import { invalid, type Parameters, parametersOf, single, unsigned } from './list-query.ts';
import { linkNext } from './next-link.ts';
import { PageText } from './page-text.ts';
import { JSON_TYPE } from './requests.ts';
import { checkClient, sentBody } from './resource-text.ts';
import { serve } from './routes.ts';
import { holds, type StoreMasks, withMarks } from './store-masks.ts';

interface StoreContext {
  readonly store: Store;
  readonly streams: ChangeStreams;
  readonly masks: StoreMasks;
  readonly turns: Turns;
}

/**
 * Serves a view of the store, secrets masked:
 * - `GET /kamado/v1/store?prefix=&after=<key>&limit=&revision=`: `{revision, count, entries}` in order of keys, as of
 * now or of that revision; `count` counts all of the range. If there is more, `Link` names the next page (RFC 8288);
 * - `GET /kamado/v1/store/key?key=`: `{revision, entry}`, the entry null if there is none;
 * - `GET /kamado/v1/store/watch?prefix=&from=<revision>`: changes as JSON lines, from that revision or from now on; the
 * last line says `compacted` where history is missing, with `rewound` where the store has gone back to an older state.
 */
export function serveStore(fastify: FastifyInstance, context: StoreContext): void {
  serve(
    fastify,
    '/kamado/v1/store',
    { GET: (request, reply) => range(context, request, reply) },
    { work: { GET: limits.pageWorkBytes } },
  );
  serve(
    fastify,
    '/kamado/v1/store/key',
    { GET: (request, reply) => oneEntry(context, request, reply) },
    { work: { GET: limits.largeWorkBytes } },
  );
  // Without HEAD: it would wait for the end of an endless stream.
  serve(
    fastify,
    '/kamado/v1/store/watch',
    { GET: (request, reply) => watch(context, request, reply) },
    { head: false },
  );
}

async function range(
  { store, masks, turns }: StoreContext,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<string | AnswerBody> {
  const parameters = parametersOf(request.query);
  const limit = unsigned(parameters, 'limit', limits.storePageKeys, limits.storePageKeys);
  const revision = unsigned(parameters, 'revision', 0, Number.MAX_SAFE_INTEGER);
  const asked = rangeOf(parameters);
  // For a store, 0 means no limit.
  const first = Math.min(Math.max(limit, 1), limits.storeViewKeys);
  let page = await store.get(asked, { limit: first, ...(revision > 0 && { revision }) });
  const { revision: asOf, count } = page;
  const text = new PageText(`{"revision":${asOf},"count":${count},"entries":[`);
  let added = 0;
  let last = '';
  for (let full = false; added < limit; ) {
    const rules = await masks.forEntries(page.entries, asOf);
    for (const entry of page.entries) {
      await turns.take(entry.value.length);
      full = !text.add(JSON.stringify(shownEntry(rules, entry)));
      if (full) break;
      last = entry.key;
      added++;
    }
    checkClient(request);
    if (full || page.entries.length === 0 || added >= Math.min(limit, count)) break;
    const keys = Math.min(limit - added, keysOfNextPage(page.entries));
    page = await store.get({ ...asked, from: `${last}\0` }, { limit: keys, revision: asOf });
  }
  if (added > 0 && added < count) linkNext(request, reply, { after: last });
  reply.header('content-type', JSON_TYPE);
  return sentBody(reply, text.end(listEnd));
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
  const stream = await streams.open({
    store,
    range: withMarks(watched),
    fromRevision,
    visible: (events) => {
      masks.learn(events);
      return events.filter((event) => holds(watched, keyOf(event)));
    },
    text: (event) => JSON.stringify(shownEvent(rules, event)),
  });
  if (request.raw.socket.destroyed) stream.destroy();
  reply.header('content-type', LINES_TYPE);
  reply.send(stream);
  // The first change may take long to come; the headers show the reader at once that its request was accepted.
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
