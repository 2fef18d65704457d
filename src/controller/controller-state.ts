import { handlerKey, keys, parseJobKey, parseResourceKey } from '../records/index.ts';
import type { Model } from '../schema/index.ts';
import type { StoredRequest } from './job-requests.ts';
import { JobViews } from './job-view.ts';
import { Mirror } from './mirror.ts';
import { PlanningOrder } from './planning-order.ts';
import { readRecord } from './read-record.ts';
import { ResourceViews } from './resource-view.ts';
import type { StoreEntry, StoreRecord } from './store-record.ts';
import type { WorkItem } from './work-list.ts';

/** The controller's whole knowledge of the store, and nothing else: a new state built from the store is equal. */
export class ControllerState {
  readonly resources: ResourceViews;
  readonly jobs: JobViews;
  readonly mirror: Mirror<StoreRecord>;
  readonly order: PlanningOrder;
  /** Key of a handler's record → whether it can modify. */
  readonly #handlers = new Map<string, boolean>();
  /** Key of a running worker → its handlers. */
  readonly #workers = new Map<string, readonly string[]>();
  /** Key of a request about a job, or of its answer → its entry. */
  readonly #requests = new Map<string, StoreEntry>();

  constructor(model: Model) {
    this.resources = new ResourceViews(model);
    this.order = new PlanningOrder(model, this.resources);
    this.jobs = new JobViews();
    this.mirror = new Mirror({
      keeps: (key) => parseJobKey(key) !== null || prefixes.some((prefix) => key.startsWith(prefix)) || isKept(key),
      read: (key, text) => readRecord(this.resources, key, text),
      set: (entry) => this.#set(entry),
      delete: (key) => {
        this.resources.delete(key);
        this.jobs.delete(key);
        this.#handlers.delete(key);
        this.#workers.delete(key);
        this.#requests.delete(key);
      },
    });
  }

  /** Whether a handler can modify; true for one that no worker has declared yet. */
  canModify(handler: string): boolean {
    return this.#handlers.get(handlerKey(handler)) ?? true;
  }

  /** Whether a running worker has a handler. */
  hasWorker(handler: string): boolean {
    return [...this.#workers.values()].some((handlers) => handlers.includes(handler));
  }

  /** An operator's request about a job, or its answer. */
  request(key: string): StoredRequest | undefined {
    const entry = this.#requests.get(key);
    return entry?.value.kind === 'request' ? { ...entry, text: entry.value.text } : undefined;
  }

  /** The items to reconcile when the controller begins: every job, for unfinished transitions, then every resource. */
  everything(): readonly WorkItem[] {
    return [
      ...this.jobs.ids('finished').map((jobId) => ({ kind: 'finished', jobId }) as const),
      ...(['waiting', 'ready', 'finished'] as const).flatMap((queue) =>
        this.jobs.ids(queue).map((jobId) => ({ kind: 'sweep', jobId }) as const),
      ),
      ...this.jobs.lossIds().map((jobId) => ({ kind: 'sweep', jobId }) as const),
      ...this.jobs.ids('waiting').map((jobId) => ({ kind: 'promote', jobId }) as const),
      ...this.jobs.ids('all').map((jobId) => ({ kind: 'putBack', jobId }) as const),
      ...this.order.all().map((path) => ({ kind: 'resource', path }) as const),
      ...[...this.#requests.keys()].map((key) => ({ kind: 'request', key }) as const),
      { kind: 'suspects' },
    ];
  }

  #set(entry: StoreEntry): void {
    const { key, value: record } = entry;
    switch (record.kind) {
      case 'handler':
        if (record.canModify !== null) this.#handlers.set(key, record.canModify);
        return;
      case 'worker':
        this.#workers.set(key, record.handlers);
        return;
      case 'request':
        this.#requests.set(key, entry);
        return;
      case 'job':
      case 'place':
      case 'loss':
        this.jobs.set(entry);
        return;
      case 'config':
      case 'processed':
      case 'applied':
      case 'state':
      case 'failure':
        this.resources.set(entry);
        return;
      case 'unknown':
        return;
    }
  }
}

/** The prefixes of further keys that are kept, besides those of jobs and resources. */
const prefixes = [keys.handlers, keys.workers, keys.jobLosses, keys.jobFailures, keys.jobRequests];

function isKept(key: string): boolean {
  switch (parseResourceKey(key)?.family) {
    case 'config':
    case 'processed':
    case 'applied':
    case 'state':
      return true;
    default:
      return false;
  }
}
