import { ControllerState } from '../../controller/index.ts';
import type { Runtime } from '../../kernel/index.ts';
import type { HandlerRecord } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import type { Operation } from '../../store/index.ts';
import { declarationsOf } from '../operations.ts';
import { openReplayStore } from '../replay-store.ts';

/** An embedded store in memory, and the controller's knowledge of it. */
export interface ReplayWorld {
  readonly state: ControllerState;
  /** Writes in the order given; resolves when the state includes them. */
  readonly write: (operations: readonly Operation[]) => Promise<void>;
  readonly close: () => Promise<void>;
}

/** Opens a world in virtual time, with the declarations of the handlers. */
export async function openReplayWorld(
  runtime: Runtime,
  model: Model,
  handlers: readonly HandlerRecord[],
): Promise<ReplayWorld> {
  const state = new ControllerState(model);
  const { store, write } = await openReplayStore(runtime, (events, revision) => state.mirror.watch(events, revision));
  await write(declarationsOf(handlers));
  return { state, write, close: () => store.close() };
}
