import type { Json } from '../../kernel/index.ts';
import { decodeConfig, parseResourceKey } from '../../records/index.ts';
import { differences } from '../differences.ts';
import type { Names } from './names.ts';

/** The place in the run of a record, or of the record that it follows from. */
export interface Place {
  readonly index: number;
  /** The step of the scenario; -1 before all of them. */
  readonly order: number;
  /** The file of the run with that line, if it isn't the events file. */
  readonly file?: string;
}

/** A write under /config. */
export interface VersionWrite {
  readonly url: string;
  readonly id: string;
  /** The version; 'deleted': the key was deleted. */
  readonly version: number | 'deleted';
  /** `{body, version, marked_for_deletion}`, or 'deleted'. */
  readonly value: Json;
  /** The place of a recorded write; of a write of ours, the place of its cause. */
  readonly place: Place;
  /** A number that grows from write to write. */
  readonly order: number;
}

/** A version that was recorded, that this system wrote, or both. */
export interface VersionPair {
  readonly recorded: VersionWrite | undefined;
  readonly ours: VersionWrite | undefined;
}

type Resources = Map<string, VersionWrite[]>;

/** A key's write as the write of a version; null if the key isn't under /config. */
export function versionWrite(
  key: string,
  value: string | null,
  at: Pick<VersionWrite, 'place' | 'order'>,
): VersionWrite | null {
  const resource = parseResourceKey(key);
  if (resource?.family !== 'config') return null;
  const { url, id } = resource;
  if (value === null) return { url, id, version: 'deleted', value: 'deleted', ...at };
  const record = decodeConfig(value);
  if (record === null) return { url, id, version: 0, value, ...at };
  const { body, version, markedForDeletion } = record;
  return { url, id, version, value: { body, version, marked_for_deletion: markedForDeletion }, ...at };
}

/**
 * The recorded writes under /config and those of this system. Corresponding resources are paired as the writes come: by
 * a known name, else by their content.
 */
export class ConfigLedger {
  readonly #names: Names;
  readonly #recorded: Resources = new Map();
  readonly #recordedIds: ReadonlySet<string>;
  readonly #ours: Resources = new Map();
  /** Recorded writes from which no names were learnt yet. */
  #unlearnt: readonly VersionWrite[];

  constructor(names: Names, recorded: readonly VersionWrite[]) {
    this.#names = names;
    this.#unlearnt = recorded;
    this.#recordedIds = new Set(recorded.map(({ id }) => id));
    for (const write of recorded) add(this.#recorded, write);
  }

  /** Whether it is the id of a recorded resource. */
  isRecorded(id: string): boolean {
    return this.#recordedIds.has(id);
  }

  /** Adds a write of this system. */
  note(write: VersionWrite): void {
    add(this.#ours, write);
  }

  /** Finds counterparts of the recorded writes before a step. */
  pairUntil(step: number): void {
    do this.#learnFromKnown(step);
    while (this.#pairNearest(step));
  }

  /** Pairs a resource that is in no recorded write with the only resource of ours that it can be. */
  pairUnrecorded(url: string, id: string): void {
    const [only, ...more] = this.#unknownOurs(url);
    if (only !== undefined && more.length === 0) this.#names.learn(id, only.id);
  }

  /** All versions, resource by resource; the n-th write of a version is paired with the n-th. */
  pairs(): readonly VersionPair[] {
    const left = new Map(this.#ours);
    const pairs: VersionPair[] = [];
    for (const recorded of this.#recorded.values()) {
      const path = this.#pathOfOurs(recorded[0]);
      pairs.push(...paired(recorded, left.get(path) ?? []));
      left.delete(path);
    }
    return [...pairs, ...[...left.values()].flatMap((ours) => paired([], ours))];
  }

  #learnFromKnown(step: number): void {
    this.#unlearnt = this.#unlearnt.filter((recorded) => {
      if (recorded.place.order >= step || !this.#names.isKnown(recorded.id)) return true;
      const ours = this.#ours.get(this.#pathOfOurs(recorded))?.find(({ version }) => version === recorded.version);
      this.#names.learn(recorded.value, ours?.value);
      return ours === undefined;
    });
  }

  /** Pairs the two candidates that differ least. False if there are none. */
  #pairNearest(step: number): boolean {
    let nearest: { readonly recorded: VersionWrite; readonly ours: VersionWrite; readonly distance: number } | null =
      null;
    for (const recorded of this.#unlearnt) {
      if (recorded.place.order >= step || this.#names.isKnown(recorded.id)) continue;
      for (const ours of this.#unknownOurs(recorded.url)) {
        const distance = this.#distance(recorded, ours);
        if (distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) nearest = { recorded, ours, distance };
      }
    }
    if (nearest === null) return false;
    this.#names.learn(nearest.recorded.id, nearest.ours.id);
    return true;
  }

  /** The number of differing parts if the two were paired; infinite if they can't be. */
  #distance(recorded: VersionWrite, ours: VersionWrite): number {
    const names = this.#names.copy();
    names.learn(recorded.id, ours.id);
    if (!names.isKnown(recorded.id)) return Number.POSITIVE_INFINITY;
    names.learn(recorded.value, ours.value);
    return differences(recorded.value, names.toRecorded(ours.value)).length;
  }

  /** The first writes of our resources without a recorded counterpart. */
  #unknownOurs(url: string): readonly VersionWrite[] {
    return [...this.#ours.values()].flatMap(([first]) => {
      return first === undefined || first.url !== url || this.#names.isKnownOurs(first.id) ? [] : [first];
    });
  }

  #pathOfOurs(recorded: VersionWrite | undefined): string {
    return recorded === undefined ? '' : pathOf({ url: recorded.url, id: this.#names.toOurs(recorded.id) });
  }
}

function pathOf({ url, id }: Pick<VersionWrite, 'url' | 'id'>): string {
  return `${url}/${id}`;
}

function add(resources: Resources, write: VersionWrite): void {
  const path = pathOf(write);
  const known = resources.get(path);
  if (known === undefined) resources.set(path, [write]);
  else known.push(write);
}

function paired(recorded: readonly VersionWrite[], ours: readonly VersionWrite[]): readonly VersionPair[] {
  const left = [...ours];
  const pairs = recorded.map((write): VersionPair => {
    const place = left.findIndex(({ version }) => version === write.version);
    return { recorded: write, ours: place < 0 ? undefined : left.splice(place, 1)[0] };
  });
  return [...pairs, ...left.map((write) => ({ recorded: undefined, ours: write }))];
}
