import { Readable } from 'node:stream';
import type { Runtime, Timer } from '../kernel/index.ts';
import type { Line } from './change-lines.ts';

/** The bytes that are handed to a connection at a time. */
const PIECE_BYTES = 64 * 1024;

/** The lines that all streams hold together: a line counts once, however many streams haven't sent it yet. */
export interface HeldLines {
  readonly take: (line: Line) => void;
  readonly release: (line: Line) => void;
}

/** The lines for one reader, which takes them at its own pace. A reader that takes nothing for too long is cut off. */
export class LineStream extends Readable {
  readonly #runtime: Runtime;
  readonly #held: HeldLines;
  readonly #stallMs: number;
  readonly #lines: Line[] = [];
  /** The number of bytes of the first line that are sent already. */
  #sent = 0;
  #waitingBytes = 0;
  #isAsked = false;
  #ending = false;
  #stall: Timer | null = null;
  #emptied: (() => void) | null = null;

  constructor(runtime: Runtime, held: HeldLines, stallMs: number) {
    super({ highWaterMark: PIECE_BYTES });
    this.#runtime = runtime;
    this.#held = held;
    this.#stallMs = stallMs;
  }

  /** The bytes that the reader hasn't taken yet. */
  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** Sends a line after those before it. */
  add(line: Line): void {
    if (this.destroyed || this.#ending) return;
    this.#lines.push(line);
    this.#waitingBytes += line.bytes.length;
    this.#held.take(line);
    if (this.#isAsked) this.#send();
    else if (this.#stall === null) this.#expectReader();
  }

  /** Ends the stream after the waiting lines. */
  finish(): void {
    this.#ending = true;
    if (this.#isAsked && this.#lines.length === 0) this.push(null);
  }

  /** Resolves when the reader has taken everything, or has disconnected. */
  async emptied(): Promise<void> {
    if (this.#lines.length === 0 || this.destroyed) return;
    await new Promise<void>((resolve) => {
      this.#emptied = resolve;
    });
  }

  override _read(): void {
    this.#isAsked = true;
    this.#send();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#stall?.cancel();
    for (const line of this.#lines) this.#held.release(line);
    this.#lines.length = 0;
    this.#emptied?.();
    done(error);
  }

  #send(): void {
    const piece = this.#takePiece();
    this.#expectReader();
    if (this.#lines.length === 0) this.#emptied?.();
    if (piece.length > 0) {
      this.#isAsked = false;
      // The reader may ask for more before this returns.
      this.push(piece);
    } else if (this.#ending) this.push(null);
  }

  #takePiece(): Buffer {
    const parts: Buffer[] = [];
    let bytes = 0;
    for (let line = this.#lines[0]; line !== undefined && bytes < PIECE_BYTES; line = this.#lines[0]) {
      const part = line.bytes.subarray(this.#sent, this.#sent + PIECE_BYTES - bytes);
      parts.push(part);
      bytes += part.length;
      this.#sent += part.length;
      if (this.#sent < line.bytes.length) break;
      this.#sent = 0;
      this.#lines.shift();
      this.#held.release(line);
    }
    this.#waitingBytes -= bytes;
    return Buffer.concat(parts);
  }

  /** Starts the reader's time limit, if lines wait. */
  #expectReader(): void {
    this.#stall?.cancel();
    this.#stall = this.#lines.length === 0 ? null : this.#runtime.after(this.#stallMs, () => this.destroy());
  }
}
