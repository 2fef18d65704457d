/**
 * Keys in the form of the store (compatibility K1, K2). A resource's path is its type's URL and its id,
 * '/v2.0/ha_routers/<id>'. Each family of keys adds a prefix.
 */
export const families = {
  config: '/config',
  state: '/state',
  monitoring: '/monitoring',
  /** The last planned config, with which the next change is compared. */
  processed: '/esi-worker/config',
  /** The values that the jobs of a workflow pass on to each other. */
  jobState: '/esi-worker/job_state',
  heatStack: '/esi-worker/heat_stacks',
  /** Kamado's own: the config that was applied before the current workflow. */
  applied: '/kamado/applied',
  /** Kamado's own: the SSH host key that was pinned for a device. */
  hostKey: '/kamado/host_keys',
} as const;

/** A family of keys that end in a resource's path. */
export type Family = keyof typeof families;

/** The lists that a job passes through. */
export const jobQueues = ['all', 'waiting', 'ready', 'working', 'finished'] as const;
export type JobQueue = (typeof jobQueues)[number];

/** Single keys, and prefixes outside of the families. */
export const keys = {
  /** The leading controller; the value is its id. */
  controllerLeader: '/job_manager_id',
  /** The leading sync. */
  syncLeader: '/gohan/cluster/sync',
  /** The position up to which the events of the database have been mirrored. */
  syncCursor: '/kamado/sync/cursor',
  /** The id of the installation; the database carries the same. */
  cluster: '/kamado/cluster',
  /** The hash of the current model, and its type ids. */
  model: '/kamado/model',
  /** One key per type of the model below it. */
  modelTypes: '/kamado/model/types/',
  /** One key per writer below it: the signature of the writer (`store/signed.ts`). */
  writers: '/kamado/writers/',
  jobs: '/jobs/',
  /** One key per handler below it: a worker's declaration of it. */
  handlers: '/kamado/handlers/',
  /** One key per worker below it, as long as it lives: its handlers. */
  workers: '/kamado/workers/',
  /** One key per job below it whose claim ended without a result: the number and time of the losses. */
  jobLosses: '/kamado/job_losses/',
  /** One key per resource below it ('type:id') whose last workflow failed, or whose past isn't known. */
  jobFailures: '/kamado/job_failures/',
  /** One key per request below it that an operator makes about a job, and then its answer. */
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

/** The parts of a key of a family. */
export interface ResourceKey {
  readonly family: Family;
  readonly url: string;
  readonly id: string;
}

const byLongestPrefix = (Object.keys(families) as Family[]).sort((a, b) => families[b].length - families[a].length);

/** Parses a key. null if it isn't of a family. */
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

/** Returns the list and the id of a job's key, or null. */
export function parseJobKey(key: string): { readonly queue: JobQueue; readonly jobId: string } | null {
  const [empty, jobs, queue, jobId, ...more] = key.split('/');
  const known = jobQueues.find((name) => name === queue);
  if (empty !== '' || jobs !== 'jobs' || known === undefined || jobId === undefined || more.length > 0) return null;
  return { queue: known, jobId };
}

/** The type whose rows are templates. */
export const TEMPLATE_TYPE = 'heat_template';
