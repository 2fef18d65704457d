import type { FastifyInstance } from 'fastify';
import type { Database } from '../database/database.ts';
import type { PlacedEntry, TimelineReader } from '../database/timeline-log.ts';
import { kamadoError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import { isValidId } from '../model/ids.ts';
import type { Model } from '../model/model.ts';
import { callerOf } from './caller.ts';
import { parametersOf, unsigned } from './list-query.ts';
import { notFound } from './nesting.ts';
import { JSON_TYPE, pathVariable } from './requests.ts';
import { serve } from './routes.ts';

/**
 * Serves what happened to a resource: `GET /kamado/v1/timeline/<type>/<id>?after=<position>&limit=`, an array of
 * `{time, revision, writer, action, key, value}` in the order in which it happened, secrets masked. Also of a resource
 * that is gone. Where there is more, `Link` names the next page (RFC 8288); a revision is never cut in two. Positions are
 * revisions as long as the store has never gone back to an older state.
 */
export function serveTimeline(
  fastify: FastifyInstance,
  {
    model,
    database,
    timeline,
  }: { readonly model: Model; readonly database: Database; readonly timeline: TimelineReader },
): void {
  serve(fastify, '/kamado/v1/timeline/:type/:id', {
    GET: async (request, reply) => {
      const type = model.types.get(pathVariable(request, 'type'));
      if (type?.routed !== true) throw kamadoError('TYPE_UNKNOWN', { type: pathVariable(request, 'type') });
      const id = pathVariable(request, 'id');
      if (!isValidId(id)) throw notFound(type, id);
      const parameters = parametersOf(request.query);
      const afterRevision = unsigned(parameters, 'after', 0, Number.MAX_SAFE_INTEGER);
      const limit = unsigned(parameters, 'limit', largestPage, largestPage);
      const entries = await timeline.read(type.id, id, { afterRevision, limit: limit + limits.transactionOperations });
      if (entries.length === 0 && afterRevision === 0) {
        if ((await database.get(callerOf(request), type.id, id)) === null) throw notFound(type, id);
      }
      const page = firstPage(entries, limit);
      const last = page.at(-1);
      if (last !== undefined && page.length < entries.length) {
        reply.header(
          'link',
          `</kamado/v1/timeline/${type.id}/${id}?after=${last.position}&limit=${limit}>; rel="next"`,
        );
      }
      reply.header('content-type', JSON_TYPE);
      return JSON.stringify(page.map(shown));
    },
  });
}

/** The log is asked for as many more as one revision can hold, so that none is cut in two. */
const largestPage = limits.timelinePageEntries - limits.transactionOperations;

/** The first entries, as many as were asked for and fit into an answer, up to the end of a revision. */
function firstPage(entries: readonly PlacedEntry[], limit: number): readonly PlacedEntry[] {
  let bytes = 0;
  const end = entries.findIndex((entry, i) => {
    bytes += entry.value.length;
    return (i >= limit || bytes > limits.storeAnswerBytes) && entry.position !== entries[i - 1]?.position;
  });
  return end < 0 ? entries : entries.slice(0, end);
}

function shown({ timeMs, revision, writer, action, key, value }: PlacedEntry) {
  return { time: timeText(timeMs), revision, writer, action, key, value };
}

/** RFC 3339 with microseconds: the steps of a workflow are less than a millisecond apart. */
function timeText(timeMs: number): string {
  const micros = Math.round(timeMs * 1_000);
  const millis = new Date(Math.floor(micros / 1_000)).toISOString();
  return `${millis.slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}Z`;
}
