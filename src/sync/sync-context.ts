import type { Database } from '../database/index.ts';
import type { Log, Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';

/** The context of the component. `store` is signed with the component's name. */
export interface SyncContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly database: Database;
  readonly store: Store;
}
