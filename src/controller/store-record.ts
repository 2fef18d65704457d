import type {
  ConfigRecord,
  JobFailure,
  JobLoss,
  JobQueue,
  ProcessedConfig,
  QueuedJob,
  StateRecord,
} from '../records/index.ts';
import type { MirrorEntry } from './mirror.ts';

/**
 * A value of the store as the controller keeps it: decoded once, without its text, so that large resources are in
 * memory once. null stands for a value without content.
 */
export type StoreRecord =
  | { readonly kind: 'config'; readonly path: string; readonly value: ConfigRecord | null }
  | { readonly kind: 'processed' | 'applied'; readonly path: string; readonly value: ProcessedConfig | null }
  | { readonly kind: 'state'; readonly path: string; readonly value: StateRecord | null }
  | { readonly kind: 'failure'; readonly path: string; readonly value: JobFailure | null }
  | { readonly kind: 'job'; readonly jobId: string; readonly value: QueuedJob | null }
  | { readonly kind: 'place'; readonly jobId: string; readonly queue: Exclude<JobQueue, 'all'>; readonly text: string }
  | { readonly kind: 'loss'; readonly jobId: string; readonly value: JobLoss | null }
  | { readonly kind: 'handler'; readonly canModify: boolean | null }
  | { readonly kind: 'worker'; readonly handlers: readonly string[] }
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'unknown' };

/** An entry of the store as the controller keeps it. */
export type StoreEntry = MirrorEntry<StoreRecord>;
