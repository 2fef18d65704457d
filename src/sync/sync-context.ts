import type { Database } from '../database/index.ts';
import type { Log, Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';

/** What the room needs. `store` is signed with the room's name. */
export interface SyncContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly database: Database;
  readonly store: Store;
}
