/** Random numbers that follow from a seed: sfc32 (C. Doty-Humphrey, PractRand), 128 bits of state. */
export class Random {
  readonly #next: () => number;

  constructor(seed: number, stream = '') {
    this.#next = sfc32(seed, stream);
  }

  /** An integer in [0, below). */
  integer(below: number): number {
    return Math.floor(this.fraction() * below);
  }

  /** A number in [0, 1), of 53 bits. */
  fraction(): number {
    return (this.#next() * 2 ** 21 + (this.#next() >>> 11)) / 2 ** 53;
  }

  /** A number in [from, to). */
  between(from: number, to: number): number {
    return from + this.fraction() * (to - from);
  }

  chance(probability: number): boolean {
    return this.fraction() < probability;
  }

  /** One of the items; there has to be one. */
  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.integer(items.length)];
    if (item === undefined) throw new Error('nothing to pick from');
    return item;
  }

  /** 32 hexadecimal digits in the form of a UUID. */
  uuid(): string {
    const hex = Array.from({ length: 4 }, () => this.#next().toString(16).padStart(8, '0')).join('');
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`;
  }
}

function sfc32(seed: number, stream: string): () => number {
  let a = seed >>> 0;
  let b = Math.floor(seed / 2 ** 32) >>> 0;
  let c = 0x9e3779b9;
  for (let i = 0; i < stream.length; i++) c = Math.imul(c ^ stream.charCodeAt(i), 0x01000193);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  // Seeds that differ in one bit are alike at first.
  for (let i = 0; i < 16; i++) next();
  return next;
}
