import type { Readable } from 'node:stream';
import { kamadoError, limits, type Runtime, type Turns } from '../kernel/index.ts';
import { ChangeLines, type Line, lineOf } from './change-lines.ts';
import { type ChangeSource, ChangeStream } from './change-stream.ts';
import { type HeldLines, LineStream } from './line-stream.ts';

/** The media type of JSON lines (one value a line) that are sent as they come. */
export const LINES_TYPE = 'application/x-ndjson; charset=utf-8';

/**
 * All streams of a server: limits their number and memory, keeps their connections alive, and ends them with the
 * server.
 */
export class ChangeStreams {
  readonly #runtime: Runtime;
  readonly #stallMs: number;
  readonly #lines: ChangeLines;
  readonly #open = new Set<LineStream>();
  #heldBytes = 0;

  constructor(runtime: Runtime, turns: Turns, stallMs: number = limits.streamStallMs) {
    this.#runtime = runtime;
    this.#stallMs = stallMs;
    this.#lines = new ChangeLines(turns);
  }

  /** Opens a stream, which is sent as the answer. @throws OVERLOADED, and the store's errors */
  async open(source: ChangeSource): Promise<Readable> {
    if (this.#open.size >= limits.streams) throw kamadoError('OVERLOADED', { queue: 'streams', limit: limits.streams });
    const body = new LineStream(this.#runtime, this.#held, this.#stallMs);
    this.#keepAlive(body);
    try {
      await new ChangeStream(source, this.#lines, body).begin();
    } catch (error) {
      body.destroy();
      throw error;
    }
    return body;
  }

  closeAll(): void {
    for (const body of this.#open) body.finish();
  }

  #keepAlive(body: LineStream): void {
    const beat = (): void => {
      if (body.waitingBytes === 0) body.add(lineOf(''));
      timer = this.#runtime.after(limits.streamHeartbeatMs, beat);
    };
    let timer = this.#runtime.after(limits.streamHeartbeatMs, beat);
    this.#open.add(body);
    body.once('close', () => {
      timer.cancel();
      this.#open.delete(body);
    });
  }

  readonly #held: HeldLines = {
    take: (line) => {
      if (line.waiting++ === 0) this.#heldBytes += line.bytes.length;
      if (this.#heldBytes > limits.streamsBufferBytes) this.#cutSlowest();
    },
    release: (line: Line) => {
      if (--line.waiting === 0) this.#heldBytes -= line.bytes.length;
    },
  };

  #cutSlowest(): void {
    const [slowest] = [...this.#open].sort((a, b) => b.waitingBytes - a.waitingBytes);
    slowest?.destroy();
  }
}
