import { type JsonObject, kamadoError, Secret } from '../../kernel/index.ts';
import type { Job } from '../../records/index.ts';
import { type MarkedJson, type MarkedObject, renderMarked } from '../../template/index.ts';
import type { Handler, JobTools } from '../handler.ts';
import { jobParameters } from '../job-parameters.ts';
import { parsedTemplate } from '../parsed-templates.ts';
import { etcdReader } from './etcd-reader.ts';
import { netconfCheck } from './netconf-check.ts';
import type { Plugin } from './plugin.ts';

const plugins: ReadonlyMap<string, Plugin> = new Map([etcdReader, netconfCheck].map((plugin) => [plugin.type, plugin]));

/** The types that entries of a monitoring template may have. */
export const pluginTypes: readonly string[] = [...plugins.keys()];

/**
 * The handler that checks whether things are as they should be (compatibility W6): renders the template with all
 * parameters, and lets a plug-in check each entry. The results are stored as `state_monitoring`.
 */
export const monitoringWorker: Handler = {
  name: 'monitoring_worker',
  canModify: false,
  run: async (job, tools) => {
    if (job.action === 'delete' || job.action === 'logical_delete') {
      if (job.action === 'logical_delete') await forgetAll(job, tools);
      return { state_monitoring: {} };
    }
    return { state_monitoring: await checkAll(Object.entries(await renderEntries(job, tools)), job, tools) };
  },
};

/** Runs all checks at the same time. The first that fails ends the others, and the job waits until they have ended. */
async function checkAll(
  entries: readonly (readonly [string, MarkedJson])[],
  job: Job,
  tools: JobTools,
): Promise<JsonObject> {
  const over = new AbortController();
  const inner: JobTools = { ...tools, signal: AbortSignal.any([tools.signal, over.signal]) };
  const failures: unknown[] = [];
  const statuses = await Promise.all(
    entries.map(async ([name, entry]) => {
      try {
        return [await checkEntry(name, entry, job, inner)];
      } catch (error) {
        failures.push(error);
        over.abort();
        return [];
      }
    }),
  );
  if (failures.length > 0) throw failures[0];
  return Object.fromEntries(statuses.flat());
}

/** The entries of the rendered template. Their names are part of the state, so none may be made from a secret. */
async function renderEntries(job: Job, tools: JobTools): Promise<MarkedObject> {
  const template = parsedTemplate(job, tools);
  const { values, isSecret } = await jobParameters(job, tools);
  const rendered = renderMarked(template, Object.fromEntries(values), isSecret);
  if (isMarkedObject(rendered)) return rendered;
  const reason =
    rendered instanceof Secret
      ? 'which entries there are depends on secrets'
      : 'the template does not give a map of entries';
  throw kamadoError('CHECK_FAILED', { name: template.name, reason });
}

function isMarkedObject(value: MarkedJson | undefined): value is MarkedObject {
  const isObject = typeof value === 'object' && value !== null;
  return isObject && !Array.isArray(value) && !(value instanceof Secret);
}

async function checkEntry(
  name: string,
  entry: MarkedJson,
  job: Job,
  tools: JobTools,
): Promise<readonly [string, string]> {
  // If the names of an entry's properties depend on a secret, the whole entry is a `Secret`.
  if (entry instanceof Secret) throw kamadoError('CHECK_FAILED', { name, reason: 'the entry is made of a secret' });
  const type = isMarkedObject(entry) ? entry.type : undefined;
  const plugin = typeof type === 'string' ? plugins.get(type) : undefined;
  if (plugin === undefined || !isMarkedObject(entry)) {
    throw kamadoError('CHECK_FAILED', { name, reason: `there is no plug-in of type ${shownType(type)}` });
  }
  return [name, await plugin.check({ name, properties: entry, job, tools })];
}

function shownType(type: MarkedJson | undefined): string {
  // The type for the error; a secret is rendered as its mask.
  return typeof type === 'object' && !(type instanceof Secret) ? 'object' : String(type);
}

async function forgetAll(job: Job, tools: JobTools): Promise<void> {
  for (const plugin of plugins.values()) await plugin.forget?.(job, tools);
}
