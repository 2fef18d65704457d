import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Checker } from './checker.ts';
import { type Components, places } from './components.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import type { StoreServer } from './store-server.ts';
import type { World } from './world.ts';

const TICK_MS = 250;
const LONGEST_STALL_MS = 20_000;
const LONGEST_CUT_MS = 20_000;
const LONGEST_OUTAGE_MS = 8_000;
const LONGEST_FULL_MS = 20_000;
/** How much history a compaction leaves, at most. */
const HISTORY_LEFT = 40;

/** What befalls processes, network and store from outside, at any time. */
export class Disturbances {
  readonly #world: World;
  readonly #rooms: Components;
  readonly #network: Network;
  readonly #server: StoreServer;
  readonly #checker: Checker;
  readonly #random: Random;
  readonly #rewinds: Random;

  constructor(world: World, components: Components, network: Network, checker: Checker) {
    this.#world = world;
    this.#rooms = components;
    this.#network = network;
    this.#server = network.server;
    this.#checker = checker;
    this.#random = world.random('disturbances');
    this.#rewinds = world.random('rewinds');
    this.#server.onDown(() => this.#reopenStore());
  }

  begin(): void {
    this.#tick();
  }

  #tick(): void {
    this.#world.scheduler.at(TICK_MS, this.#world.outside, () => {
      if (this.#world.calmed.aborted) return;
      this.#disturb();
      this.#tick();
    });
  }

  #disturb(): void {
    const { profile, trace } = this.#world;
    const random = this.#random;
    const happens = (rate: number): boolean => random.chance((rate * TICK_MS) / 1000);
    if (happens(profile.crashRate)) this.#rooms.crash(random.pick(places));
    if (happens(profile.stopRate)) this.#rooms.stop(random.pick(places));
    if (happens(profile.stallRate)) this.#rooms.stall(random.pick(places), random.between(100, LONGEST_STALL_MS));
    if (happens(profile.cutRate)) this.#cut();
    if (happens(profile.storeRestartRate)) this.#restartStore();
    if (happens(profile.storeFailureRate)) {
      if (random.chance(0.5)) {
        trace.note('world', 'the disk fails');
        this.#server.breakDisk();
      } else {
        trace.note('world', 'the disk is full for a while');
        this.#server.fillDisk(random.between(100, LONGEST_FULL_MS));
      }
    }
    if (happens(profile.compactionRate)) this.#compact();
    this.#rewind();
  }

  #cut(): void {
    const cut = this.#random.chance(0.25) ? places : [this.#random.pick(places)];
    const forMs = this.#random.between(100, LONGEST_CUT_MS);
    this.#world.trace.note('network', `cuts off ${cut.join(', ')} for ${forMs.toFixed(0)} ms`);
    for (const place of cut) this.#network.cut(place, forMs);
  }

  /** Draws by itself, so that the other disturbances stay as they are. */
  #rewind(): void {
    const { saveRate, rewindRate } = this.#world.profile;
    const happens = (rate: number): boolean => this.#rewinds.chance((rate * TICK_MS) / 1000);
    if (happens(saveRate)) this.#server.save();
    if (!happens(rewindRate) || !this.#server.isUp) return;
    const held = this.#server.goBack();
    if (held !== null) this.#checker.goBack(held);
  }

  #restartStore(): void {
    if (this.#random.chance(0.5)) this.#server.kill();
    else this.#server.stop().catch((error: unknown) => this.#world.scheduler.fail(error));
  }

  #reopenStore(): void {
    this.#world.scheduler.at(this.#random.between(10, LONGEST_OUTAGE_MS), this.#world.outside, () => {
      this.#server.open().catch((error: unknown) => this.#world.scheduler.fail(error));
    });
  }

  #compact(): void {
    const revision = this.#checker.revision - this.#random.integer(1 + this.#random.integer(HISTORY_LEFT));
    if (revision < 1) return;
    this.#world.trace.note('world', `compacts up to ${revision}`);
    this.#server
      .handle((store) => store.compact(revision))
      .catch((error: unknown) => {
        if (!isKamadoError(error)) this.#world.scheduler.fail(error);
      });
  }
}
