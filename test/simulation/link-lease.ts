import type { Timer } from '../../src/kernel/runtime.ts';
import type { Lease } from '../../src/store/store.ts';
import type { LinkContext } from './link-context.ts';
import type { Random } from './random.ts';

/** A lease is renewed this many times within its time to live, as the real client does. */
const BEATS = 3;

/** A lease, seen from its holder: it renews it, and notices by its own clock when that didn't work in time. */
export class LinkLease implements Lease {
  readonly id: string;
  readonly #revoke: (send: () => Promise<void>) => Promise<void>;
  readonly #context: LinkContext;
  readonly #lost = new AbortController();
  readonly #ttlMs: number;
  /** How late its end is noticed. */
  readonly #lateMs: number;
  #validUntilMs: number;
  #timers: Timer[] = [];
  #ended = false;

  constructor(
    revoke: (send: () => Promise<void>) => Promise<void>,
    context: LinkContext,
    random: Random,
    { id, ttlMs, sentAtMs }: { readonly id: string; readonly ttlMs: number; readonly sentAtMs: number },
  ) {
    const { lateNotice, latestNoticeMs } = context.world.profile;
    this.id = id;
    this.#revoke = revoke;
    this.#context = context;
    this.#ttlMs = ttlMs;
    this.#lateMs = random.chance(lateNotice) ? random.between(0, latestNoticeMs) : 0;
    this.#validUntilMs = sentAtMs + ttlMs;
    this.#beat();
    this.#watchExpiry();
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  async close(): Promise<void> {
    if (!this.#forget()) return;
    const { server } = this.#context.network;
    await this.#revoke(() => server.revoke(this.id));
  }

  #beat(): void {
    const { process, network, place, world } = this.#context;
    this.#timers[0] = process.runtime.after(this.#ttlMs / BEATS, () => {
      this.#beat();
      const sentAtMs = world.nowMs;
      if (!network.reaches(place)) return;
      network.deliver(network.delayMs(), () => {
        if (!network.reaches(place)) return;
        const renewed = network.server.renew(this.id);
        process.at(network.delayMs(), () => {
          if (network.isCut(place)) return;
          if (renewed) this.#validUntilMs = Math.max(this.#validUntilMs, sentAtMs + this.#ttlMs);
          else this.#lose('the store has ended it');
        });
      });
    });
  }

  #watchExpiry(): void {
    const { process, world } = this.#context;
    const leftMs = this.#validUntilMs + this.#lateMs - world.nowMs;
    if (leftMs <= 0) this.#lose('it was not renewed in time');
    else this.#timers[1] = process.runtime.after(leftMs, () => this.#watchExpiry());
  }

  #lose(reason: string): void {
    if (!this.#forget()) return;
    const { world, process } = this.#context;
    world.count('a lease is lost');
    world.trace.note(process.name, `lost lease ${this.id}: ${reason}`);
    this.#lost.abort();
  }

  #forget(): boolean {
    for (const timer of this.#timers) timer.cancel();
    this.#timers = [];
    const wasHeld = !this.#ended;
    this.#ended = true;
    return wasHeld;
  }
}
