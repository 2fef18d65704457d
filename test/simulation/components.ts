import { startController } from '../../src/controller/controller.ts';
import { errorText } from '../../src/kernel/errors.ts';
import { signed } from '../../src/store/signed.ts';
import { startPresence } from '../../src/worker/presence.ts';
import { startWorker } from '../../src/worker/worker.ts';
import { handlersOf } from './handlers.ts';
import type { Ledger } from './ledger.ts';
import { Link } from './link.ts';
import { model } from './model.ts';
import type { Network } from './network.ts';
import type { Random } from './random.ts';
import { SimulatedProcess } from './simulated-process.ts';
import { startSync } from './sync-actor.ts';
import type { SystemOfRecord } from './system-of-record.ts';
import { Violation } from './violation.ts';
import type { World } from './world.ts';

/** The processes of a run. The third worker can only build. */
export const places = ['controller-1', 'controller-2', 'worker-1', 'worker-2', 'worker-3', 'sync'] as const;
export type Place = (typeof places)[number];

/** How long a dead process stays dead. */
const LONGEST_ABSENCE_MS = 8_000;
/** How long one that is to stop may take. */
const STOP_MS = 10_000;

interface Running {
  readonly process: SimulatedProcess;
  readonly link: Link;
  /** Ends the room as asked; null where it only dies. */
  readonly close: (() => Promise<void>) | null;
}

/** Starts the rooms, each in a process of its own, and again after they died. */
export class Components {
  readonly #world: World;
  readonly #network: Network;
  readonly #systemOfRecord: SystemOfRecord;
  readonly #ledger: Ledger;
  readonly #random: Random;
  readonly #running = new Map<Place, Running>();
  readonly #lives = new Map<Place, number>();
  /** Places that stay empty. */
  readonly #closed = new Set<Place>();

  constructor(world: World, network: Network, systemOfRecord: SystemOfRecord, ledger: Ledger) {
    this.#world = world;
    this.#network = network;
    this.#systemOfRecord = systemOfRecord;
    this.#ledger = ledger;
    this.#random = world.random('rooms');
  }

  start(place: Place): void {
    if (this.#running.has(place)) return;
    const life = (this.#lives.get(place) ?? 0) + 1;
    this.#lives.set(place, life);
    const process = new SimulatedProcess(`${place}.${life}`, this.#world);
    const onCrash = (reason: string): void => this.#died(place, process, reason);
    const link = new Link({ world: this.#world, network: this.#network, process, place, onCrash });
    this.#world.trace.note(process.name, 'starts');
    this.#running.set(place, { process, link, close: null });
    const close = this.#open(place, process, link, onCrash);
    // What a room does first may have been its last.
    if (process.isAlive) this.#running.set(place, { process, link, close });
  }

  crash(place: Place): void {
    const running = this.#running.get(place);
    if (running !== undefined) this.#died(place, running.process, 'killed');
  }

  stall(place: Place, forMs: number): void {
    const process = this.#running.get(place)?.process;
    if (process === undefined) return;
    this.#world.trace.note(process.name, `stalls for ${forMs.toFixed(0)} ms`);
    process.stall(forMs);
  }

  /** Ends a room as asked; it starts again after a while. */
  stop(place: Place): void {
    const running = this.#running.get(place);
    if (running?.close == null) return;
    const { process, link, close } = running;
    this.#world.trace.note(process.name, 'is told to stop');
    const forced = process.at(STOP_MS, () => this.#died(place, process, 'did not stop in time'));
    close()
      .then(() => link.close())
      .then(
        () => {
          forced.cancel();
          this.#died(place, process, 'stopped');
        },
        (error: unknown) => {
          this.#world.trace.note(process.name, `could not stop: ${errorText(error)}`);
          this.#died(place, process, 'failed to stop');
        },
      );
  }

  /** Kills a room for good. */
  end(place: Place): void {
    this.#closed.add(place);
    this.crash(place);
  }

  #died(place: Place, process: SimulatedProcess, reason: string): void {
    if (!process.isAlive) return;
    this.#world.trace.note(process.name, `dies: ${reason}`);
    process.die();
    this.#world.count('a process dies');
    this.#running.get(place)?.link.drop();
    this.#running.delete(place);
    if (this.#closed.has(place)) return;
    this.#world.scheduler.at(this.#random.between(10, LONGEST_ABSENCE_MS), this.#world.outside, () =>
      this.start(place),
    );
  }

  #open(
    place: Place,
    process: SimulatedProcess,
    link: Link,
    onCrash: (reason: string) => void,
  ): (() => Promise<void>) | null {
    const { runtime, name } = process;
    const store = signed(link, runtime, name);
    switch (place) {
      case 'controller-1':
      case 'controller-2': {
        const log = this.#world.trace.logOf(name, (text) => this.#fail('a controller makes sense of the store', text));
        const onFatal = (error: unknown): void => this.#fail('a controller goes on', errorText(error));
        return startController({ runtime, log, model, store }, onFatal).close;
      }
      case 'worker-1':
      case 'worker-2':
      case 'worker-3': {
        const log = this.#world.trace.logOf(name, () => {});
        const names = place === 'worker-3' ? ['builder'] : ['builder', 'looker'];
        const handlers = handlersOf({ world: this.#world, process, ledger: this.#ledger, onCrash }, names);
        const context = { runtime, log, model, store, handlers };
        const presence = startPresence(context);
        const worker = startWorker(context);
        return async () => {
          await Promise.all([presence.close(), worker.close()]);
        };
      }
      case 'sync':
        startSync(this.#world, process, link, this.#systemOfRecord);
        return null;
    }
  }

  #fail(invariant: string, text: string): void {
    this.#world.scheduler.fail(new Violation(invariant, text));
  }
}
