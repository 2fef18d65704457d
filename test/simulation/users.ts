import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { templates } from '../support/work.ts';
import type { Random } from './random.ts';
import type { RecordRow, SystemOfRecord } from './system-of-record.ts';
import type { World } from './world.ts';

/** Ids of each type: few, so that they meet, and come again after they were deleted. */
const IDS: { readonly [type: string]: number } = { part: 8, look: 8, both: 3, plain: 2, sometimes: 2, unversioned: 1 };
/** How often a type is chosen. */
const TYPES = [
  'part',
  'part',
  'part',
  'part',
  'look',
  'look',
  'look',
  'both',
  'both',
  'plain',
  'sometimes',
  'unversioned',
];
const FEWEST_CHANGES = 20;
const MOST_CHANGES = 220;
const LONGEST_PAUSE_MS = 2_500;
/** Of what was missing. */
const AFTERWARDS = 0.9;
/** Of what was taken away. */
const ANEW = 0.4;
const LATEST_TEMPLATE_MS = 20_000;

/** How users behave in a run. */
interface Habits {
  readonly changes: number;
  /** How often the next change comes at once. */
  readonly hurry: number;
  /** How often they delete instead of changing. */
  readonly deletes: number;
  /** How often they refer to what isn't there, or take away what is in use. */
  readonly carelessness: number;
  /** How often a resource is taken away without having been marked. */
  readonly abruptness: number;
}

/** The users of the API: one change after the other, as the run's chance has it. */
export class Users {
  readonly #world: World;
  readonly #random: Random;
  readonly #systemOfRecord: SystemOfRecord;
  readonly #habits: Habits;
  /** Changes that are to come. */
  #left: number;
  #names = 0;

  constructor(world: World, systemOfRecord: SystemOfRecord) {
    this.#world = world;
    this.#systemOfRecord = systemOfRecord;
    this.#random = world.random('users');
    const random = this.#random;
    this.#habits = {
      changes: FEWEST_CHANGES + random.integer(MOST_CHANGES - FEWEST_CHANGES),
      hurry: random.between(0.2, 0.95),
      deletes: random.between(0.1, 0.5),
      carelessness: random.chance(0.6) ? random.between(0, 0.5) : 0,
      abruptness: random.chance(0.5) ? random.between(0, 0.5) : 0,
    };
    this.#left = this.#habits.changes;
  }

  get areDone(): boolean {
    return this.#left === 0;
  }

  begin(): void {
    const missing = this.#random.chance(0.2) ? this.#random.pick(Object.keys(templates)) : null;
    for (const id of Object.keys(templates)) if (id !== missing) this.#systemOfRecord.template(id);
    if (missing !== null) {
      this.#later(this.#random.between(0, LATEST_TEMPLATE_MS), () => this.#systemOfRecord.template(missing));
    }
    this.#goOn(this.#habits.changes);
  }

  #goOn(changes: number): void {
    const pauseMs = this.#random.chance(this.#habits.hurry) ? 0 : this.#random.between(0, LONGEST_PAUSE_MS);
    this.#after(pauseMs, () => {
      this.#change();
      this.#left--;
      if (changes > 1) this.#goOn(changes - 1);
    });
  }

  /** Makes a change besides the others. */
  #later(delayMs: number, change: () => void): void {
    this.#left++;
    this.#after(delayMs, () => {
      change();
      this.#left--;
    });
  }

  #after(delayMs: number, task: () => void): void {
    this.#world.scheduler.at(delayMs, this.#world.outside, task);
  }

  #change(): void {
    const random = this.#random;
    if (random.chance(0.02)) {
      const id = random.pick(Object.keys(templates));
      if (this.#systemOfRecord.row('heat_template', id) !== undefined)
        this.#systemOfRecord.template(id, { more: `C${++this.#names}` });
      return;
    }
    const type = random.pick(TYPES);
    const id = `${type.charAt(0)}${random.integer(IDS[type] ?? 1)}`;
    const row = this.#systemOfRecord.row(type, id);
    if (row !== undefined && random.chance(this.#habits.deletes)) this.#delete(row);
    else this.#systemOfRecord.put(type, id, this.#body(type, id));
  }

  #delete(row: RecordRow): void {
    const { carelessness, abruptness } = this.#habits;
    const careless = this.#random.chance(carelessness);
    const isAbrupt = this.#random.chance(abruptness) && (careless || !this.#systemOfRecord.isReferred(row));
    // What is marked goes when its work is undone, and not before.
    if (isAbrupt && !row.marked) {
      this.#systemOfRecord.remove(row.type, row.id);
      // Made anew at once, it looks as if nothing had happened.
      if (this.#random.chance(ANEW)) this.#systemOfRecord.put(row.type, row.id, row.body);
    } else this.#systemOfRecord.mark(row.type, row.id);
  }

  #body(type: string, id: string): JsonObject {
    const name = this.#random.chance(0.1) ? {} : { name: `n${++this.#names}` };
    switch (type) {
      case 'part':
        return { ...name, on_id: this.#target(id, 0.5), also_id: this.#target(id, 0.8) };
      case 'look':
        return { ...name, at_id: this.#target(id, 0.05) };
      case 'both':
        return { ...name, on_id: this.#target(id, 0.3) };
      case 'sometimes':
        return { kind: this.#random.chance(0.6) ? 'work' : 'idle' };
      default:
        return name;
    }
  }

  /** A part to refer to, or none. */
  #target(own: string, none: number): Json {
    const random = this.#random;
    if (random.chance(this.#habits.carelessness)) return this.#carelessTarget();
    const there = [...this.#systemOfRecord.rows.values()].filter(
      (row) => row.type === 'part' && !row.marked && row.id !== own,
    );
    return there.length === 0 || random.chance(none) ? null : random.pick(there).id;
  }

  /** Any part; one that isn't there may come afterwards. */
  #carelessTarget(): Json {
    const random = this.#random;
    const id = `p${random.integer(3 * (IDS.part ?? 1))}`;
    if (this.#systemOfRecord.row('part', id) === undefined && random.chance(AFTERWARDS)) {
      this.#later(random.between(0, LONGEST_PAUSE_MS), () => this.#systemOfRecord.put('part', id, {}));
    }
    return id;
  }
}
