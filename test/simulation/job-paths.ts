import { type Job, parseJobId } from '../../src/records/job.ts';
import { model } from './model.ts';

/** The path of the resource that a job is of: 'url/id'. */
export function pathOfJob(jobId: string): string {
  const parsed = parseJobId(jobId);
  return parsed === null ? '' : pathOfResource(parsed.type, parsed.resourceId);
}

/** 'url/id', as in the keys of a resource. */
export function pathOfResource(typeId: string, id: string): string {
  return `${model.types.get(typeId)?.url}/${id}`;
}

/** The paths of the resources that a job reads. */
export function referencesOfJob(job: Job): ReadonlySet<string> {
  const all = job.params.flatMap((param) => param.resources);
  return new Set(all.map((one) => pathOfResource(one.resource_type, one.resource_id)));
}
