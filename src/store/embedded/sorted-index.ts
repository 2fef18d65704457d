import type { Bounds } from '../check.ts';

/** The size at which a block is halved: moving that many entries is cheaper than searching more blocks. */
const BLOCK_ENTRIES = 512;
/** Neighbours with fewer entries together are merged, so that deletions don't leave tiny blocks. */
const MERGE_ENTRIES = 256;

interface Block<Value> {
  readonly keys: string[];
  readonly values: Value[];
}

/** Values by key, in order of keys: a list of sorted blocks, like a B-tree of two levels. */
export class SortedIndex<Value> {
  readonly #blocks: Block<Value>[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(key: string): Value | undefined {
    const block = this.#blocks[this.#blockOf(key)];
    if (block === undefined) return undefined;
    const at = lowerBound(block.keys, key);
    return block.keys[at] === key ? block.values[at] : undefined;
  }

  set(key: string, value: Value): void {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (block === undefined) {
      this.#blocks.push({ keys: [key], values: [value] });
      this.#size++;
      return;
    }
    const at = lowerBound(block.keys, key);
    if (block.keys[at] === key) {
      block.values[at] = value;
      return;
    }
    block.keys.splice(at, 0, key);
    block.values.splice(at, 0, value);
    this.#size++;
    if (block.keys.length > BLOCK_ENTRIES) this.#split(index, block, at);
  }

  /** Deletes a key. Returns false if it doesn't exist. */
  delete(key: string): boolean {
    const index = this.#blockOf(key);
    const block = this.#blocks[index];
    if (block === undefined) return false;
    const at = lowerBound(block.keys, key);
    if (block.keys[at] !== key) return false;
    block.keys.splice(at, 1);
    block.values.splice(at, 1);
    this.#size--;
    if (block.keys.length < MERGE_ENTRIES / 2) this.#merge(index, block);
    return true;
  }

  /** The values within the bounds, in order of keys, up to `limit` of them. */
  scan(bounds: Bounds, limit = Number.POSITIVE_INFINITY): Value[] {
    const found: Value[] = [];
    this.#visit(bounds, (block, start, end) => {
      for (let at = start; at < end && found.length < limit; at++) {
        const value = block.values[at];
        if (value !== undefined) found.push(value);
      }
      return found.length < limit;
    });
    return found;
  }

  /** The number of keys within the bounds. */
  count(bounds: Bounds): number {
    let count = 0;
    this.#visit(bounds, (_block, start, end) => {
      count += end - start;
      return true;
    });
    return count;
  }

  /** Calls `visit` with the part of each block that is within the bounds, until it returns false. */
  #visit({ from, below }: Bounds, visit: (block: Block<Value>, start: number, end: number) => boolean): void {
    const first = this.#blockOf(from);
    for (let index = first; index < this.#blocks.length; index++) {
      const block = this.#blocks[index];
      if (block === undefined) return;
      const start = index === first ? lowerBound(block.keys, from) : 0;
      const last = block.keys[block.keys.length - 1];
      const whole = below === null || (last !== undefined && last < below);
      const end = whole ? block.keys.length : lowerBound(block.keys, below);
      if (start < end && !visit(block, start, end)) return;
      if (!whole) return;
    }
  }

  /** The index of the block that holds the key, or would: the last one whose first key isn't greater. */
  #blockOf(key: string): number {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#blocks[middle]?.keys[0];
      if (first !== undefined && first <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(0, low - 1);
  }

  /** Halves a full block. A block that grew at its very end stays full: keys that come in order fill their blocks. */
  #split(index: number, block: Block<Value>, grewAt: number): void {
    const middle = grewAt === block.keys.length - 1 ? grewAt : block.keys.length >>> 1;
    this.#blocks.splice(index + 1, 0, { keys: block.keys.splice(middle), values: block.values.splice(middle) });
  }

  #merge(index: number, block: Block<Value>): void {
    if (block.keys.length === 0) {
      this.#blocks.splice(index, 1);
      return;
    }
    const next = this.#blocks[index + 1];
    if (next === undefined || block.keys.length + next.keys.length > MERGE_ENTRIES) return;
    block.keys.push(...next.keys);
    block.values.push(...next.values);
    this.#blocks.splice(index + 1, 1);
  }
}

/** The position of the first key that isn't less than `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = keys[middle];
    if (at !== undefined && at < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
