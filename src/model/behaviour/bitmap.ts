import type { Range } from './ranges.ts';

/**
 * A pool as base64 (schemas.md §6.1): a bit for each number from `first`, the highest bit of each byte first; 1 is
 * taken or reserved, and what lies beyond `last`.
 */
export function bitmapText({ first }: Range, free: readonly Range[], taken: ReadonlySet<number>, bits: number): string {
  const bytes = Buffer.alloc(bits / 8, 0xff);
  for (const range of free) {
    for (let number = range.first; number <= range.last; number++) {
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

/** How many bits a pool has where its schema doesn't say: a multiple of 32. */
export function bitsFor({ first, last }: Range): number {
  return Math.ceil((last - first + 1) / 32) * 32;
}

function setBit(bytes: Buffer, place: number, isSet: boolean): void {
  const byte = bytes[place >> 3];
  if (byte === undefined) return;
  const mask = 0x80 >> (place & 7);
  bytes[place >> 3] = isSet ? byte | mask : byte & ~mask;
}
