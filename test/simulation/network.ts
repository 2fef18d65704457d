import type { StoreServer } from './store-server.ts';
import type { World } from './world.ts';

/** How long a message takes that nothing holds up. */
const QUICK_MS = 1.5;

/** The network between the processes and the store: who can't reach it at present, and how long messages take. */
export class Network {
  readonly server: StoreServer;
  readonly #world: World;
  readonly #random;
  /** Name of a process (without its life) → until when it is cut off. */
  readonly #cutUntilMs = new Map<string, number>();

  constructor(world: World, server: StoreServer) {
    this.#world = world;
    this.server = server;
    this.#random = world.random('network');
  }

  cut(name: string, forMs: number): void {
    this.#cutUntilMs.set(name, this.#world.nowMs + forMs);
  }

  mend(): void {
    this.#cutUntilMs.clear();
  }

  isCut(name: string): boolean {
    return (this.#cutUntilMs.get(name) ?? 0) > this.#world.nowMs;
  }

  /** Whether a message of that process can reach the server. */
  reaches(name: string): boolean {
    return this.server.isUp && !this.isCut(name);
  }

  delayMs(): number {
    const { slow, slowestMs } = this.#world.profile;
    const quick = this.#random.between(0.05, QUICK_MS);
    return this.#random.chance(slow) ? quick + this.#random.between(0, slowestMs) : quick;
  }

  /** Runs a task at the server, or in the network, after a message's way. */
  deliver(afterMs: number, task: () => void): void {
    this.#world.scheduler.at(afterMs, this.#world.outside, task);
  }
}
