import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isJsonObject, type Json, type JsonObject, kamadoError, limits } from '../../kernel/index.ts';
import { decodeJob, parseJobId } from '../../records/index.ts';
import { maskStoreValue } from '../../redaction/index.ts';
import { flag, parametersOf } from '../list-query.ts';
import { linkNext } from '../next-link.ts';
import { JSON_TYPE, pathVariable } from '../requests.ts';
import { serve, shownPath } from '../routes.ts';
import { askController } from './ask-controller.ts';
import type { JobContext } from './job-context.ts';
import { jobQueryOf, listJobs } from './job-list.ts';
import { readJobs, readPending, readServedHandlers, readTimes } from './job-reads.ts';
import { shownJob } from './job-view.ts';

/**
 * Serves the jobs, secrets masked:
 * - `GET /kamado/v1/jobs?state=&type=&resource_id=&handler=&after=&limit=`: a page of them, in the order of their ids;
 * `Link` names the next one (RFC 8288). A page may be empty, and later ones not;
 * - `GET /kamado/v1/jobs/<id>`: one of the queue, with its parameters and its resource's body;
 * - `POST /kamado/v1/jobs/<id>/retry` with `{}`: tries a job that lost workers now, or plans a failed one again;
 * - `POST /kamado/v1/jobs/<id>/cancel` with `{"dependents": <count>}`: ends a job that no worker has claimed, and that
 * many jobs that depend on it; with `?dry_run=true` it only lists them.
 */
export function serveJobs(fastify: FastifyInstance, context: JobContext): void {
  serve(
    fastify,
    '/kamado/v1/jobs',
    {
      GET: async (request, reply) => {
        const { jobs, next } = await listJobs(context, jobQueryOf(parametersOf(request.query)));
        if (next !== null) linkNext(request, reply, { after: next });
        reply.header('content-type', JSON_TYPE);
        return JSON.stringify({ jobs });
      },
    },
    { work: { GET: limits.pageWorkBytes } },
  );
  // A wildcard, because a job's id may be longer than path variables may be.
  serve(
    fastify,
    '/kamado/v1/jobs/*',
    {
      GET: async (request, reply) => {
        reply.header('content-type', JSON_TYPE);
        return JSON.stringify({ job: await showJob(context, jobIdOf(pathVariable(request, '*'))) });
      },
      POST: async (request, reply) => {
        const [, id = '', action = ''] = /^(.*)\/(retry|cancel)$/.exec(pathVariable(request, '*')) ?? [];
        if (action === '') {
          const allowed = 'GET, HEAD, OPTIONS';
          reply.header('allow', allowed);
          throw kamadoError('METHOD_NOT_ALLOWED', { method: 'POST', path: shownPath(request.originalUrl), allowed });
        }
        const jobId = jobIdOf(id);
        const body = bodyOf(request.body);
        reply.header('content-type', JSON_TYPE);
        return JSON.stringify(
          await (action === 'retry' ? retry(context, jobId) : cancel(context, jobId, body, request)),
        );
      },
    },
    { work: { GET: limits.largeWorkBytes } },
  );
}

async function retry(context: JobContext, jobId: string): Promise<JsonObject> {
  const { jobs } = await askController(context, { kind: 'retry', jobId });
  return { jobs: [...jobs] };
}

async function cancel(
  context: JobContext,
  jobId: string,
  body: JsonObject,
  request: FastifyRequest,
): Promise<JsonObject> {
  const dryRun = flag(parametersOf(request.query), 'dry_run', false);
  const answer = await askController(context, { kind: 'cancel', jobId, dryRun, dependents: dependentsOf(body) });
  return { job: jobId, dry_run: dryRun, count: answer.count, dependents: [...answer.jobs] };
}

/** @throws JOB_NOT_FOUND if it names no job */
function jobIdOf(jobId: string): string {
  const isKey = /^[\x21-\x7e]+$/.test(jobId) && !jobId.includes('/');
  if (parseJobId(jobId) === null || !isKey)
    throw kamadoError('JOB_NOT_FOUND', { job: jobId.slice(0, limits.jobIdLength) });
  return jobId;
}

/**
 * Requires a body, so that no page of another origin can send the request without a preflight. @throws BODY_NOT_JSON
 */
function bodyOf(body: unknown): JsonObject {
  const given = body as Json | undefined;
  if (isJsonObject(given)) return given;
  throw kamadoError('BODY_NOT_JSON', { reason: given === undefined ? 'there is no body' : 'it is not an object' });
}

/** @throws BODY_NOT_JSON */
function dependentsOf({ dependents = null }: JsonObject): number | null {
  if (dependents === null) return null;
  if (typeof dependents === 'number' && Number.isSafeInteger(dependents) && dependents >= 0) return dependents;
  throw kamadoError('BODY_NOT_JSON', { reason: '/dependents is not a number of jobs' });
}

/** @throws JOB_NOT_FOUND */
async function showJob(context: JobContext, jobId: string): Promise<JsonObject> {
  const { store, timeline, runtime, masks } = context;
  const [stored] = await readJobs(context, [jobId], 'with contents');
  if (stored === undefined) throw kamadoError('JOB_NOT_FOUND', { job: jobId });
  const { dependency } = stored.queued.job;
  const [pending, served, times, rules] = await Promise.all([
    readPending(store, dependency.slice(0, limits.jobDependentsShown)),
    readServedHandlers(store),
    readTimes(store, timeline, [stored.entry.createRevision]),
    masks.forEntries([stored.entry]),
  ]);
  const masked = decodeJob(maskStoreValue(rules, stored.entry))?.job;
  const { params = [], resource_input: body = {} } = masked ?? {};
  const { is_first, is_last, on_failure } = stored.queued.job;
  const shown = shownJob(stored, { pending, served, times, nowMs: runtime.nowMs() });
  return {
    ...shown,
    is_first,
    is_last,
    on_failure,
    dependency: [...dependency],
    params: params.map((param) => ({ ...param, resources: param.resources.map((one) => ({ ...one })) })),
    resource_input: body,
  };
}
