import type { Json } from '../../kernel/index.ts';
import { decodeConfig, parseResourceKey } from '../../records/index.ts';
import { differences } from '../differences.ts';
import type { Names } from './names.ts';

/** Where in the run something was recorded, or what it follows from. */
export interface Place {
  readonly index: number;
  /** The step of the scenario; -1 before all of them. */
  readonly order: number;
  /** The file of the run whose line that is, where it is no event. */
  readonly file?: string;
}

/** A write under /config. */
export interface VersionWrite {
  readonly url: string;
  readonly id: string;
  /** 'deleted': the key is gone. */
  readonly version: number | 'deleted';
  /** `{body, version, marked_for_deletion}`, or 'deleted'. */
  readonly value: Json;
  /** Of a recorded one where it stands; of ours what caused it. */
  readonly place: Place;
  /** Grows from write to write. */
  readonly order: number;
}

/** A version that was recorded, that this system made, or both. */
export interface VersionPair {
  readonly recorded: VersionWrite | undefined;
  readonly ours: VersionWrite | undefined;
}

type Resources = Map<string, VersionWrite[]>;

/** A write of a key as one of a version; null if the key is none of /config. */
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
 * The recorded writes under /config and those of this system. What stands for the same resource is found out as they
 * come: by a name that is known, else by what is in it.
 */
export class ConfigLedger {
  readonly #names: Names;
  readonly #recorded: Resources = new Map();
  readonly #recordedIds: ReadonlySet<string>;
  readonly #ours: Resources = new Map();
  /** Recorded writes that names haven't been learnt from. */
  #unlearnt: readonly VersionWrite[];

  constructor(names: Names, recorded: readonly VersionWrite[]) {
    this.#names = names;
    this.#unlearnt = recorded;
    this.#recordedIds = new Set(recorded.map(({ id }) => id));
    for (const write of recorded) add(this.#recorded, write);
  }

  /** Whether that is the id of a recorded resource. */
  isRecorded(id: string): boolean {
    return this.#recordedIds.has(id);
  }

  /** Adds a write of this system. */
  note(write: VersionWrite): void {
    add(this.#ours, write);
  }

  /** Finds counterparts of what was recorded before a step. */
  pairUntil(step: number): void {
    do this.#learnFromKnown(step);
    while (this.#pairNearest(step));
  }

  /** Takes the only resource of ours that it can be for one that is in no recorded write. */
  pairUnrecorded(url: string, id: string): void {
    const [only, ...more] = this.#unknownOurs(url);
    if (only !== undefined && more.length === 0) this.#names.learn(id, only.id);
  }

  /** All versions, resource by resource; the n-th write of a version stands for the n-th. */
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

  /** Of what may stand for each other, takes the two that differ least. False if there is nothing of the kind. */
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

  /** How many parts differ if the one stands for the other; infinitely many where it can't. */
  #distance(recorded: VersionWrite, ours: VersionWrite): number {
    const names = this.#names.copy();
    names.learn(recorded.id, ours.id);
    if (!names.isKnown(recorded.id)) return Number.POSITIVE_INFINITY;
    names.learn(recorded.value, ours.value);
    return differences(recorded.value, names.toRecorded(ours.value)).length;
  }

  /** The first writes of those resources of ours that stand for none that was recorded. */
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
