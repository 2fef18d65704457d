import { isJsonObject, type Json, jsonEqual, parseJson } from '../../kernel/index.ts';
import { parseResourceKey } from '../../records/index.ts';
import type { Model } from '../../schema/index.ts';
import { differences } from '../differences.ts';
import { secretProperties } from '../secret-properties.ts';
import { excuseFor, excuseForUnrecordedState, type Mismatch } from './evidence.ts';
import { type ControllerComparison, isReadComplete, type Recording, type ReplayFamily } from './recording.ts';

/** A write of one key: its value, or null for a deletion. */
export interface KeyWrite {
  readonly key: string;
  readonly value: string | null;
}

interface Noted {
  readonly index: number;
  readonly value: Json | undefined;
  readonly mismatch: Mismatch;
}

interface Pairs {
  readonly family: ReplayFamily;
  readonly key: string;
  readonly recorded: Noted[];
  readonly planned: Noted[];
}

/** The family in which a write is compared, apart from jobs; null: it isn't compared. */
export function comparedFamily({ key, value }: KeyWrite): Exclude<ReplayFamily, 'jobs'> | null {
  const family = parseResourceKey(key)?.family;
  if (family === 'processed') return 'processed_config';
  return family === 'state' && value !== null && isReadComplete(value) ? 'read_complete' : null;
}

/**
 * Recorded and planned writes of single keys, in pairs: the n-th write of a key's version with the n-th. So their order
 * is free, and a missing write shifts only those of its own version.
 */
export class WriteLedger {
  readonly #pairs = new Map<string, Pairs>();

  note(side: 'recorded' | 'planned', write: KeyWrite, index: number, mismatch: Mismatch): void {
    const family = comparedFamily(write);
    if (family === null) return;
    const value = write.value === null ? null : parseJson(write.value);
    const version = isJsonObject(value) ? value.version : 'deleted';
    const name = `${family} ${write.key} ${version}`;
    const pairs = this.#pairs.get(name) ?? { family, key: write.key, recorded: [], planned: [] };
    this.#pairs.set(name, pairs);
    pairs[side].push({ index, value, mismatch });
  }

  compare(model: Model, recording: Recording, lossless: boolean): readonly ControllerComparison[] {
    return [...this.#pairs.values()].flatMap((pairs) => {
      const { family, key, planned } = pairs;
      const isSecret = secretProperties(model.byUrl.get(parseResourceKey(key)?.url ?? ''), '/body');
      const recorded = lossless ? pairs.recorded : pairs.recorded.filter(isNoRepetition);
      return Array.from({ length: Math.max(recorded.length, planned.length) }, (_, i): ControllerComparison => {
        const [was, is] = [recorded[i], planned[i]];
        const found = differences(was?.value, is?.value, isSecret);
        const mismatch = (was ?? is)?.mismatch;
        const excusable = found.length > 0 && !lossless && mismatch !== undefined;
        return {
          family,
          index: was?.index ?? is?.index ?? 0,
          subject: key,
          differences: found,
          recorded: was !== undefined,
          excuse: excusable ? excuse(recording, pairs, mismatch) : null,
        };
      });
    });
  }
}

/** Whether a write isn't a repetition: pollers may report one write twice. */
function isNoRepetition({ value }: Noted, place: number, all: readonly Noted[]): boolean {
  return place === 0 || value === null || !jsonEqual(value, all[place - 1]?.value);
}

function excuse(recording: Recording, { family, recorded }: Pairs, mismatch: Mismatch): string | null {
  const known = excuseFor(recording, mismatch);
  if (known !== null || recorded.length > 0) return known;
  if (family === 'read_complete') return excuseForUnrecordedState(recording, mismatch);
  return `no write of it for version ${mismatch.version} is in an event`;
}
