import type { ControllerState } from '../../src/controller/controller-state.ts';
import type { JobViews } from '../../src/controller/job-view.ts';
import { jobQueues } from '../../src/records/keys.ts';

/** Everything that a controller knows of the store, as plain values: its lists, its indexes, its resources. */
export function shown({ jobs, resources }: ControllerState): unknown {
  const paths = [...resources.paths()].sort();
  return {
    lists: jobQueues.map((queue) =>
      jobs
        .ids(queue)
        .toSorted()
        .map((id) => [queue, id, jobs.entry(queue, id)]),
    ),
    jobs: jobs
      .ids('all')
      .toSorted()
      .map((id) => [id, jobs.get(id)?.queued, idsOf(jobs.dependentsOf(id))]),
    owned: referred(jobs, paths).map((path) => [path, idsOf(jobs.ofResource(path)), idsOf(jobs.referringTo(path))]),
    resources: paths.map((path) => [path, resources.get(path)]),
    count: jobs.count,
  };
}

/** The resources that there are, and those that jobs speak of. */
function referred(jobs: JobViews, paths: readonly string[]): readonly string[] {
  const spoken = jobs.ids('all').flatMap((id) => {
    const job = jobs.get(id)?.queued.job;
    const references = job?.params.flatMap((param) => param.resources) ?? [];
    return [...(job === undefined ? [] : [job]), ...references].map((r) => `${r.resource_type}:${r.resource_id}`);
  });
  return [...new Set([...paths, ...spoken])].sort();
}

function idsOf(jobs: readonly { readonly id: string }[]): readonly string[] {
  return jobs.map((job) => job.id);
}
