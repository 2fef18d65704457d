import type { FastifyInstance } from 'fastify';
import type { Database, TimelineReader } from '../database/index.ts';
import { kamadoError, limits, type Turns } from '../kernel/index.ts';
import { isValidId, type Model } from '../schema/index.ts';
import { callerOf } from './caller.ts';
import { parametersOf, unsigned } from './list-query.ts';
import { notFound } from './nesting.ts';
import { linkNext } from './next-link.ts';
import { PageText } from './page-text.ts';
import { JSON_TYPE, pathVariable } from './requests.ts';
import { sentBody } from './resource-text.ts';
import { serve } from './routes.ts';
import { addEntries } from './timeline-page.ts';

/**
 * Serves the history of a resource: `GET /kamado/v1/timeline/<type>/<id>?after=<position>&limit=`, an array of `{time,
 * revision, writer, action, key, value}` in the order of the writes, secrets masked. Also of a resource that was
 * deleted. If there is more, `Link` names the next page (RFC 8288); a revision is never split. Positions are revisions
 * as long as the store has never gone back to an older state.
 */
export function serveTimeline(
  fastify: FastifyInstance,
  {
    model,
    database,
    timeline,
    turns,
  }: {
    readonly model: Model;
    readonly database: Database;
    readonly timeline: TimelineReader;
    readonly turns: Turns;
  },
): void {
  serve(
    fastify,
    '/kamado/v1/timeline/:type/:id',
    {
      GET: async (request, reply) => {
        const type = model.types.get(pathVariable(request, 'type'));
        if (type?.routed !== true) throw kamadoError('TYPE_UNKNOWN', { type: pathVariable(request, 'type') });
        const id = pathVariable(request, 'id');
        if (!isValidId(id)) throw notFound(type, id);
        const parameters = parametersOf(request.query);
        const afterRevision = unsigned(parameters, 'after', 0, Number.MAX_SAFE_INTEGER);
        const limit = unsigned(parameters, 'limit', limits.timelinePageEntries, limits.timelinePageEntries);
        const text = new PageText('[');
        const last = await addEntries(text, { timeline, turns, request, type: type.id, id, afterRevision }, limit);
        if (last === null && afterRevision === 0) {
          if ((await database.get(callerOf(request), type.id, id)) === null) throw notFound(type, id);
        }
        if (last?.whole === false) linkNext(request, reply, { after: last.position, limit });
        reply.header('content-type', JSON_TYPE);
        return sentBody(reply, text.end(']'));
      },
    },
    { work: { GET: limits.pageWorkBytes } },
  );
}
