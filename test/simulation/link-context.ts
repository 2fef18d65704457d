import type { Network } from './network.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** What a link stands on. */
export interface LinkContext {
  readonly world: World;
  readonly network: Network;
  readonly process: SimulatedProcess;
  /** The process's name without its life. */
  readonly place: string;
  /** Kills the process. */
  readonly onCrash: (reason: string) => void;
}
