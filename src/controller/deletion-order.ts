import type { Job } from '../records/index.ts';
import type { JobViews } from './job-view.ts';
import { pathKey } from './resource-view.ts';
import { untouchedJobs } from './workflow.ts';

/** Whether two jobs delete their resources: then references determine their order, not the order of arrival. */
export function areBothDeletions(one: Pick<Job, 'action'>, other: Pick<Job, 'action'>): boolean {
  return one.action === 'logical_delete' && other.action === 'logical_delete';
}

/** The resources that a workflow reads ('type:id'), each once. */
export function referencesOf(jobs: readonly Pick<Job, 'params'>[]): readonly string[] {
  const references = jobs.flatMap((job) => job.params.flatMap((param) => param.resources));
  return [...new Set(references.map((reference) => pathKey(reference.resource_type, reference.resource_id)))];
}

/**
 * The deletions that must wait for the workflow `jobs`, if that is a deletion too: those of the resources that it
 * reads, if no worker has begun with them and it doesn't wait for them itself. The first job of each
 * (`docs/decisions/0012-deletion-order.md`).
 */
export function deletionsToHold(views: JobViews, jobs: readonly Job[]): readonly Job[] {
  const [first] = jobs;
  if (first === undefined) return [];
  const own = pathKey(first.resource_type, first.resource_id);
  const found = referencesOf(jobs)
    .filter((path) => path !== own)
    .flatMap((path) => untouchedJobs(views, path))
    .filter((job) => job.is_first && areBothDeletions(first, job));
  if (found.length === 0) return [];
  const awaited = allBefore(views, first.dependency);
  return found.filter((job) => !awaited.has(job.id));
}

/** The jobs `jobIds` and all jobs that they wait for, directly or through others. */
function allBefore(views: JobViews, jobIds: readonly string[]): ReadonlySet<string> {
  const seen = new Set(jobIds);
  for (const id of seen) for (const before of views.get(id)?.queued.job.dependency ?? []) seen.add(before);
  return seen;
}
