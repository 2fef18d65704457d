import { kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import type { Job } from '../../records/job.ts';
import { renderYaml } from '../../template/template.ts';
import type { Handler, JobTools } from '../handler.ts';
import { jobParameters } from '../job-parameters.ts';
import { parsedTemplate } from '../parsed-templates.ts';
import { etcdReader } from './etcd-reader.ts';
import { netconfCheck } from './netconf-check.ts';
import type { Plugin } from './plugin.ts';

const plugins: ReadonlyMap<string, Plugin> = new Map([etcdReader, netconfCheck].map((plugin) => [plugin.type, plugin]));

/**
 * The handler that looks whether things are as they should be (heatworker.md §6): renders the template with all
 * parameters, and lets a plug-in see to each entry. What they saw is handed on as `state_monitoring`.
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

/** Makes all checks at a time. The first that fails ends the others, and the job waits until they have. */
async function checkAll(entries: readonly (readonly [string, Json])[], job: Job, tools: JobTools): Promise<JsonObject> {
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

async function renderEntries(job: Job, tools: JobTools): Promise<JsonObject> {
  const template = parsedTemplate(job, tools);
  const rendered = renderYaml(template, Object.fromEntries(await jobParameters(job, tools)));
  if (isJsonObject(rendered)) return rendered;
  const reason = 'the template does not give a map of entries';
  throw kamadoError('CHECK_FAILED', { name: template.name, reason });
}

async function checkEntry(name: string, entry: Json, job: Job, tools: JobTools): Promise<readonly [string, string]> {
  const type = isJsonObject(entry) ? entry.type : undefined;
  const plugin = typeof type === 'string' ? plugins.get(type) : undefined;
  if (plugin === undefined || !isJsonObject(entry)) {
    throw kamadoError('CHECK_FAILED', { name, reason: `there is no plug-in of type ${String(type)}` });
  }
  return [name, await plugin.check({ name, properties: entry, job, tools })];
}

async function forgetAll(job: Job, tools: JobTools): Promise<void> {
  for (const plugin of plugins.values()) await plugin.forget?.(job, tools);
}
