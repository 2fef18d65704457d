import { kamadoError, limits } from '../kernel/index.ts';
import type { Job } from '../records/index.ts';
import { parseTemplate, type Template } from '../template/index.ts';
import type { JobTools } from './handler.ts';

const parsed = new Map<string, Template>();

/**
 * The parsed template of a job, cached because a few templates serve many jobs. @throws TEMPLATE_NOT_FOUND,
 * TEMPLATE_INVALID, TEMPLATE_LIMIT
 */
export function parsedTemplate(job: Job, { template }: JobTools): Template {
  const { id, template_file: source } = template();
  const name = typeof id === 'string' ? id : job.handler;
  if (typeof source !== 'string') throw kamadoError('TEMPLATE_NOT_FOUND', { template: name, type: job.resource_type });
  const known = parsed.get(source);
  if (known !== undefined && known.name === name) return known;
  if (parsed.size >= limits.parsedTemplates) parsed.clear();
  const made = parseTemplate(name, source);
  parsed.set(source, made);
  return made;
}
