import { limits } from '../kernel/limits.ts';
import type { Run } from './run.ts';
import type { Value } from './value.ts';

/**
 * How a piece of output came about: the template's own text, or a value; of values the guard must know those that
 * are quoted already and those that are whole lists or dicts.
 */
export type Origin =
  | { readonly kind: 'template' }
  | { readonly kind: 'text' }
  | { readonly kind: 'quoted' }
  | { readonly kind: 'collection'; readonly value: Value };

/** A part of the output (of values also an empty one): where it stands in it, and the line of the template that made it. */
export interface Piece {
  readonly text: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly origin: Origin;
}

/** Collects what is rendered, within `renderedBytes`. */
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

  write(text: string, line: number, origin: Origin): void {
    if (text === '' && origin.kind === 'template') return;
    this.#run.room(text.length);
    this.#bytes += Buffer.byteLength(text, 'utf8');
    if (this.#bytes > limits.renderedBytes) throw this.#run.beyond('renderedBytes');
    const start = this.#length;
    this.#length += text.length;
    this.#pieces.push({ text, start, end: this.#length, line, origin });
  }

  text(): string {
    return this.#pieces.map((piece) => piece.text).join('');
  }
}
