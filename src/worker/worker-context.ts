import type { Log, Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';
import type { Handler } from './handler.ts';

/** The context of the component. `store` is signed with the worker's name. */
export interface WorkerContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
  readonly handlers: readonly Handler[];
  /** Aborts when the process is about to end because something failed in it. */
  readonly failing?: AbortSignal;
}
