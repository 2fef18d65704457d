import { kamadoError, limits } from '../../kernel/index.ts';
import type { Range } from './ranges.ts';

/**
 * A pool as base64 (compatibility L8): a bit for each number from `first`, the highest bit of each byte first. 1 means
 * taken or reserved, or a number beyond `last`.
 */
export function bitmapText({ first }: Range, free: readonly Range[], taken: ReadonlySet<number>, bits: number): string {
  const bytes = Buffer.alloc(Math.ceil(bits / 8), 0xff);
  // A pool may hold far more numbers than there are bits: too many for a loop.
  const end = first + bits - 1;
  for (const range of free) {
    for (let number = range.first; number <= range.last && number <= end; number++) {
      if (!taken.has(number)) setBit(bytes, number - first, false);
    }
  }
  return bytes.toString('base64');
}

/** The same with one number taken or given back. */
export function withBit(text: string, first: number, number: number, isTaken: boolean): string {
  const bytes = Buffer.from(text, 'base64');
  setBit(bytes, number - first, isTaken);
  return bytes.toString('base64');
}

/**
 * The number of bits of a pool whose schema doesn't declare it: a multiple of 32.
 * @throws MAPPING_INVALID if its bounds, which a client may have set, are too far apart for a bitmap
 */
export function bitsFor({ first, last }: Range): number {
  const bits = Math.ceil((last - first + 1) / 32) * 32;
  if (bits <= limits.poolBitmapBits) return bits;
  const reason = `${last - first + 1} numbers are more than the ${limits.poolBitmapBits} that can be shown`;
  throw kamadoError('MAPPING_INVALID', { place: 'the bitmap of a pool', reason });
}

function setBit(bytes: Buffer, place: number, isSet: boolean): void {
  // Not by shifts: they are limited to 32 bits, and the number may have more.
  const at = Math.floor(place / 8);
  const byte = bytes[at];
  if (byte === undefined) return;
  const mask = 0x80 >> (place % 8);
  bytes[at] = isSet ? byte | mask : byte & ~mask;
}
