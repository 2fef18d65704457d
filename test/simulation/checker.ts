import { keys } from '../../src/records/keys.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import { checkFences } from './fencing-invariants.ts';
import type { Ledger } from './ledger.ts';
import { QueueInvariants } from './queue-invariants.ts';
import { StateInvariants } from './state-invariants.ts';
import { type Change, changesOf, StoreImage } from './store-image.ts';
import type { World } from './world.ts';

/** Looks at every revision as it becomes durable. */
export class Checker {
  image = new StoreImage();
  readonly queue: QueueInvariants;
  readonly states: StateInvariants;
  readonly #world: World;
  readonly #ledger: Ledger;
  readonly #onGoBack: (records: readonly LogRecord[]) => void;
  readonly #writes = new Map<string, number>();
  #revision = 0;

  constructor(world: World, ledger: Ledger, onGoBack: (records: readonly LogRecord[]) => void = () => {}) {
    this.#world = world;
    this.#ledger = ledger;
    this.#onGoBack = onGoBack;
    this.queue = new QueueInvariants((what) => world.count(what));
    this.states = new StateInvariants(this.queue.history, ledger);
  }

  /** The newest revision. */
  get revision(): number {
    return this.#revision;
  }

  /** How many revisions processes of a kind have written, besides taking the lead. */
  writesOf(kind: string): number {
    return this.#writes.get(kind) ?? 0;
  }

  /** Takes over what became durable. A violation ends the run: the store has to go on until then. */
  commit(records: readonly LogRecord[]): void {
    try {
      for (const change of changesOf(records)) this.#take(change);
    } catch (violation) {
      this.#world.scheduler.fail(violation);
    }
  }

  /** The store holds what it held at an earlier time; what came after that was not. */
  goBack(records: readonly LogRecord[]): void {
    this.image = new StoreImage();
    this.#revision = 0;
    for (const change of changesOf(records)) {
      this.#revision = change.revision;
      this.image.apply(change, 0);
    }
    this.image.completeVersions();
    this.queue.goBack(this.image);
    this.#ledger.goBack();
    this.#onGoBack(records);
  }

  #take(change: Change): void {
    this.#world.trace.note(change.signature?.writer ?? 'lease end', `r${change.revision} ${textOf(change)}`);
    this.#revision = change.revision;
    this.#count(change);
    checkFences(this.image, change, this.#world.uuidOwners);
    this.states.before(this.image, change);
    this.queue.before(this.image, change);
    this.image.apply(change, this.#world.nowMs);
    this.queue.after(this.image, change);
  }

  #count({ signature, records }: Change): void {
    const kind = signature?.writer.replace(/[-.].*/, '');
    if (records.some(({ key, entry }) => key === keys.controllerLeader && entry !== null)) {
      this.#world.count('a controller takes the lead');
      return;
    }
    if (kind === undefined) return;
    this.#writes.set(kind, (this.#writes.get(kind) ?? 0) + 1);
  }
}

function textOf({ records }: Change): string {
  return records.map(({ key, entry }) => `${entry === null ? '-' : '+'}${key}`).join(' ');
}
