import { ControllerState } from '../controller/controller-state.ts';
import { limits } from '../kernel/limits.ts';
import { silentLog } from '../kernel/log.ts';
import type { Runtime } from '../kernel/runtime.ts';
import type { Model } from '../model/model.ts';
import type { HandlerRecord } from '../records/handler-record.ts';
import { openEmbeddedStore } from '../store/embedded/embedded-store.ts';
import { memoryPersistence } from '../store/embedded/memory-persistence.ts';
import { type Operation, type Store, withPrefix } from '../store/store.ts';
import { declarationsOf } from './operations.ts';

/** An embedded store in memory, and what the controller knows of it. */
export interface ReplayWorld {
  readonly state: ControllerState;
  /** Writes in the order given; resolves when the state has heard of it. */
  readonly write: (operations: readonly Operation[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a world in virtual time, with what the handlers declare. */
export async function openReplayWorld(
  runtime: Runtime,
  model: Model,
  handlers: readonly HandlerRecord[],
): Promise<ReplayWorld> {
  const store: Store = await openEmbeddedStore({ runtime, persistence: memoryPersistence(), log: silentLog });
  const state = new ControllerState(model);
  store.watch(
    withPrefix('/'),
    {},
    {
      onEvents: (events, revision) => state.mirror.watch(events, revision),
      // Nobody compacts it, and its history holds less than its limit allows.
      onCompacted: () => {},
    },
  );
  const write = async (operations: readonly Operation[]): Promise<void> => {
    for (let first = 0; first < operations.length; first += limits.transactionOperations) {
      await store.transact({ success: operations.slice(first, first + limits.transactionOperations) });
    }
  };
  await write(declarationsOf(handlers));
  return { state, write, close: () => store.close() };
}
