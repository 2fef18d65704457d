import { kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Job } from '../../records/job.ts';
import { parseTemplate, renderYaml, type Template } from '../../template/template.ts';
import type { Handler, JobTools } from '../handler.ts';
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
    return { state_monitoring: await checkAll(Object.entries(renderEntries(job, tools)), job, tools) };
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

const parsed = new Map<string, Template>();

/** The parsed template: a few are used for many jobs. */
function parsedTemplate(name: string, source: string): Template {
  const known = parsed.get(source);
  if (known !== undefined && known.name === name) return known;
  if (parsed.size >= limits.parsedTemplates) parsed.clear();
  const template = parseTemplate(name, source);
  parsed.set(source, template);
  return template;
}

function renderEntries(job: Job, tools: JobTools): JsonObject {
  const { id, template_file: source } = tools.template();
  const name = typeof id === 'string' ? id : job.handler;
  if (typeof source !== 'string') throw kamadoError('TEMPLATE_NOT_FOUND', { template: name, type: job.resource_type });
  const parameters: Record<string, Json> = {};
  for (const param of job.params) {
    if (param.type !== 'value') {
      const reason = `parameter ${param.param} is an output of a stack, which monitoring templates can't have`;
      throw kamadoError('CHECK_FAILED', { name, reason });
    }
    parameters[param.param] = param.value;
  }
  const rendered = renderYaml(parsedTemplate(name, source), parameters);
  if (isJsonObject(rendered)) return rendered;
  throw kamadoError('CHECK_FAILED', { name, reason: 'the template does not give a map of entries' });
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
