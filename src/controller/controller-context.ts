import type { Log, Runtime } from '../kernel/index.ts';
import type { Model } from '../schema/index.ts';
import type { Store } from '../store/index.ts';

/** The context of the component. `store` is signed with the component's name. */
export interface ControllerContext {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly model: Model;
  readonly store: Store;
}
