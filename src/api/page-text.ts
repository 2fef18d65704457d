import { limits } from '../kernel/index.ts';
import { AnswerBody } from './answer-body.ts';

/** The JSON text of a list, built item by item until a page is full. */
export class PageText {
  readonly #done: Buffer[] = [];
  #text: string;
  #bytes: number;
  #items = 0;

  /** @param begin the text before the first item */
  constructor(begin: string) {
    this.#text = begin;
    this.#bytes = Buffer.byteLength(begin);
  }

  /** Adds an item, in one piece or in several; false if the page would become too large. The first item always fits. */
  add(item: string | readonly Buffer[]): boolean {
    const bytes = bytesOf(item);
    if (this.#items > 0 && this.#bytes + bytes > limits.pageBytes) return false;
    this.append(item);
    return true;
  }

  /** Adds an item, however full the page is. */
  append(item: string | readonly Buffer[]): void {
    this.#write(this.#items > 0 ? ',' : '');
    if (typeof item === 'string') this.#write(item);
    else {
      this.#flush();
      this.#done.push(...item);
    }
    this.#bytes += bytesOf(item) + 1;
    this.#items++;
  }

  /** The whole text; a large one is sent in slices. */
  end(end: string): string | AnswerBody {
    this.#write(end);
    if (this.#done.length === 0) return this.#text;
    this.#flush();
    return new AnswerBody(this.#done);
  }

  #write(text: string): void {
    this.#text += text;
    if (this.#text.length >= limits.answerSliceBytes) this.#flush();
  }

  #flush(): void {
    if (this.#text === '') return;
    this.#done.push(Buffer.from(this.#text));
    this.#text = '';
  }
}

function bytesOf(item: string | readonly Buffer[]): number {
  return typeof item === 'string' ? Buffer.byteLength(item) : item.reduce((sum, part) => sum + part.length, 0);
}
