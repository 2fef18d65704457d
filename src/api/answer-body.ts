import { Readable } from 'node:stream';
import { limits } from '../kernel/index.ts';

/**
 * The body of an answer as a stream of slices. Each slice is handed to the connection when the client has taken those
 * before it, which shows whether the client reads at all.
 */
export class AnswerBody extends Readable {
  readonly bytes: number;
  /** Called with each slice that the client asks for. */
  onProgress: () => void = () => {};
  readonly #parts: Buffer[];

  constructor(parts: readonly Buffer[]) {
    super({ highWaterMark: limits.answerSliceBytes });
    this.#parts = parts.flatMap(slices);
    this.bytes = parts.reduce((sum, part) => sum + part.length, 0);
  }

  override _read(): void {
    this.onProgress();
    this.push(this.#parts.shift() ?? null);
  }
}

function slices(part: Buffer): readonly Buffer[] {
  const size = limits.answerSliceBytes;
  if (part.length <= size) return [part];
  return Array.from({ length: Math.ceil(part.length / size) }, (_, i) => part.subarray(i * size, (i + 1) * size));
}
