import { limits } from './limits.ts';
import type { Runtime } from './runtime.ts';

export interface PauseLimits {
  readonly firstMs: number;
  readonly longestMs: number;
}

export interface BackoffOptions extends PauseLimits {
  /** Takes a random half off each pause, so that many clients don't reconnect at the same time. */
  readonly jitter?: Runtime;
}

/** Returns the pause after a number of earlier ones: each is twice as long as the last one, up to the longest. */
export function pauseAfter(earlier: number, { firstMs, longestMs }: PauseLimits): number {
  return Math.min(firstMs * 2 ** earlier, longestMs);
}

/** Growing pauses between attempts: each twice the last one, up to the longest. */
export class Backoff {
  readonly #options: BackoffOptions;
  #attempts = 0;

  constructor(options: BackoffOptions) {
    this.#options = options;
  }

  /** The next pause. */
  nextMs(): number {
    const { jitter } = this.#options;
    const fullMs = pauseAfter(this.#attempts, this.#options);
    this.#attempts++;
    return jitter === undefined ? fullMs : fullMs - jitter.randomInteger(Math.ceil(fullMs / 2));
  }

  /** Resets after a success: the next pause is the first one again. */
  reset(): void {
    this.#attempts = 0;
  }
}

/** Pauses between attempts to reach a store or a database. */
export function reconnecting(jitter?: Runtime): Backoff {
  const { reconnectFirstMs: firstMs, reconnectLongestMs: longestMs } = limits;
  return new Backoff({ firstMs, longestMs, ...(jitter !== undefined && { jitter }) });
}

/** Pauses between attempts to write to full storage. */
export function waitingForSpace(): Backoff {
  return new Backoff({ firstMs: limits.storageProbeFirstMs, longestMs: limits.storageProbeLongestMs });
}

/** Pauses between attempts to reach an engine of stacks. */
export function reachingStacks(): Backoff {
  return new Backoff({ firstMs: limits.stackRetryFirstMs, longestMs: limits.stackRetryLongestMs });
}
