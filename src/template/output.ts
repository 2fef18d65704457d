import { limits } from '../kernel/index.ts';
import type { Origin } from './origin.ts';
import type { Run } from './run.ts';

/** A part of a text (possibly an empty one, for a value): its origin, and its line in the template. */
export interface Part {
  readonly text: string;
  readonly line: number;
  readonly origin: Origin;
}

/** A part of the output, and its place in it. */
export interface Piece extends Part {
  readonly start: number;
  readonly end: number;
}

/** Collects the rendered text, within `renderedBytes`. */
export class Output {
  readonly #run: Run;
  readonly #pieces: Piece[] = [];
  #length = 0;
  #bytes = 0;

  constructor(run: Run) {
    this.#run = run;
  }

  get pieces(): readonly Piece[] {
    return this.#pieces;
  }

  write({ text, line, origin }: Part): void {
    if (text === '' && origin.kind === 'template') return;
    this.#run.reserve(text.length);
    this.#bytes += Buffer.byteLength(text, 'utf8');
    if (this.#bytes > limits.renderedBytes) throw this.#run.beyond('renderedBytes');
    const start = this.#length;
    this.#length += text.length;
    this.#pieces.push({ text, start, end: this.#length, line, origin });
  }

  text(): string {
    return textOf(this.#pieces);
  }
}

export function isOfTemplate({ origin }: Part): boolean {
  return origin.kind === 'template';
}

export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => part.text).join('');
}
