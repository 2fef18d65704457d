/**
 * Keys as they stand in the store (compatibility K1, K2). A resource's path is its type's URL and
 * its id, '/v2.0/ha_routers/<id>'; each family of keys puts a prefix before it.
 */
export const families = {
  config: '/config',
  state: '/state',
  monitoring: '/monitoring',
  /** The config that was planned last, and that a next change is compared with. */
  processed: '/esi-worker/config',
  /** What the jobs of a workflow hand on to each other. */
  jobState: '/esi-worker/job_state',
  heatStack: '/esi-worker/heat_stacks',
  /** Ours: the config that was applied before the workflow under way. */
  applied: '/kamado/applied',
  /** Ours: the SSH host key that was pinned for a device. */
  hostKey: '/kamado/host_keys',
} as const;

/** A family of keys that end in a resource's path. */
export type Family = keyof typeof families;

/** The lists that a job goes through. */
export const jobQueues = ['all', 'waiting', 'ready', 'working', 'finished'] as const;
export type JobQueue = (typeof jobQueues)[number];

/** Keys that stand alone. */
export const keys = {
  /** The controller that leads; the value is its id. */
  controllerLeader: '/job_manager_id',
  /** The sync that leads. */
  syncLeader: '/gohan/cluster/sync',
  /** How far the events of the database have been mirrored. */
  syncCursor: '/kamado/sync/cursor',
  /** The id of the installation; the database carries the same. */
  cluster: '/kamado/cluster',
  /** The hash of the model in force, and its type ids. */
  model: '/kamado/model',
  /** One key per type of the model below it. */
  modelTypes: '/kamado/model/types/',
  /** One key per writer below it: who wrote the revision (`store/signed.ts`). */
  writers: '/kamado/writers/',
  jobs: '/jobs/',
  /** One key per handler below it: what a worker declares of it. */
  handlers: '/kamado/handlers/',
  /** One key per worker below it, as long as it lives: the handlers that it has. */
  workers: '/kamado/workers/',
  /** One key per job below it whose claim ended without a result: how often, and when. */
  jobLosses: '/kamado/job_losses/',
  /** One key per resource below it ('type:id') whose last workflow failed, or whose past isn't known. */
  jobFailures: '/kamado/job_failures/',
  /** One key per request below it that an operator makes of a job, and then its answer. */
  jobRequests: '/kamado/job_requests/',
} as const;

/** The key of a resource in a family. */
export function resourceKey(family: Family, url: string, id: string): string {
  return `${families[family]}${url}/${id}`;
}

/** The prefix of all keys of a family. */
export function familyPrefix(family: Family): string {
  return `${families[family]}/`;
}

/** A key of a family, taken apart. */
export interface ResourceKey {
  readonly family: Family;
  readonly url: string;
  readonly id: string;
}

const byLongestPrefix = (Object.keys(families) as Family[]).sort((a, b) => families[b].length - families[a].length);

/** Takes a key apart, or gives null where it isn't of a family. */
export function parseResourceKey(key: string): ResourceKey | null {
  for (const family of byLongestPrefix) {
    const prefix = familyPrefix(family);
    if (!key.startsWith(prefix)) continue;
    const cut = key.lastIndexOf('/');
    const url = key.slice(prefix.length - 1, cut);
    const id = key.slice(cut + 1);
    return url === '' || id === '' ? null : { family, url, id };
  }
  return null;
}

/** The key of a job in one of the lists. */
export function jobKey(queue: JobQueue, jobId: string): string {
  return `/jobs/${queue}/${jobId}`;
}

/** The list and the id of a job's key, or null. */
export function parseJobKey(key: string): { readonly queue: JobQueue; readonly jobId: string } | null {
  const [empty, jobs, queue, jobId, ...more] = key.split('/');
  const known = jobQueues.find((name) => name === queue);
  if (empty !== '' || jobs !== 'jobs' || known === undefined || jobId === undefined || more.length > 0) return null;
  return { queue: known, jobId };
}

/** The type whose rows are templates. */
export const TEMPLATE_TYPE = 'heat_template';
