const FIRST_CAPACITY = 4 * 1024;

/**
 * Received, unused bytes in one block of memory that doubles when it is full: appending stays linear however small the
 * pieces are. The caller limits its size.
 */
export class ByteQueue {
  #block = Buffer.allocUnsafe(FIRST_CAPACITY);
  #start = 0;
  #end = 0;

  /** Bytes waiting. */
  get length(): number {
    return this.#end - this.#start;
  }

  append(bytes: Buffer): void {
    if (this.#end + bytes.length > this.#block.length) this.#makeRoom(bytes.length);
    bytes.copy(this.#block, this.#end);
    this.#end += bytes.length;
  }

  /** Returns the first `count` bytes, or all if there are fewer: a view that is valid until the next append. */
  peek(count: number): Buffer {
    return this.#block.subarray(this.#start, Math.min(this.#start + count, this.#end));
  }

  /** Drops the first `count` bytes. */
  skip(count: number): void {
    this.#start = Math.min(this.#start + count, this.#end);
    if (this.#start === this.#end) {
      this.#start = 0;
      this.#end = 0;
    }
  }

  /** The place of `needle` at or after `from`, or -1. */
  indexOf(needle: Buffer, from: number): number {
    return this.peek(this.length).indexOf(needle, from);
  }

  #makeRoom(count: number): void {
    const needed = this.length + count;
    let capacity = this.#block.length;
    // Moving the rest to the front must free at least half, otherwise a full block would be moved for every byte.
    while (needed > capacity / 2) capacity *= 2;
    const block = capacity === this.#block.length ? this.#block : Buffer.allocUnsafe(capacity);
    const length = this.#block.copy(block, 0, this.#start, this.#end);
    this.#block = block;
    this.#start = 0;
    this.#end = length;
  }
}
