import { Readable } from 'node:stream';
import { kamadoError } from '../kernel/errors.ts';
import type { Json } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';
import type { Runtime } from '../kernel/runtime.ts';

/** JSON lines (one value a line) that are sent as they come. */
export const LINES_TYPE = 'application/x-ndjson; charset=utf-8';

/** One stream to one reader. */
export interface ChangeStream {
  /** What is sent as the answer. */
  readonly body: Readable;
  /** Sends a line. A reader that is too slow for the changes is cut off: what it has is complete up to some line. */
  readonly send: (value: Json) => void;
  /** Ends it in order. */
  readonly end: () => void;
}

/** All streams of a server: counted, kept alive, ended with it. */
export class ChangeStreams {
  readonly #runtime: Runtime;
  readonly #open = new Set<Readable>();

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  /** Opens a stream; `onClose` is called when it has ended, whoever ended it. @throws OVERLOADED */
  open(onClose: () => void): ChangeStream {
    if (this.#open.size >= limits.streams) throw kamadoError('OVERLOADED', { queue: 'streams', limit: limits.streams });
    const body = new Readable({ read: () => {}, highWaterMark: limits.streamBufferBytes });
    const write = (text: string): void => {
      if (body.destroyed || body.readableEnded) return;
      body.push(text);
      if (body.readableLength > limits.streamBufferBytes) body.destroy();
    };
    const beat = (): void => {
      write('\n');
      timer = this.#runtime.after(limits.streamHeartbeatMs, beat);
    };
    let timer = this.#runtime.after(limits.streamHeartbeatMs, beat);
    this.#open.add(body);
    body.once('close', () => {
      timer.cancel();
      this.#open.delete(body);
      onClose();
    });
    return { body, send: (value) => write(`${JSON.stringify(value)}\n`), end: () => end(body) };
  }

  closeAll(): void {
    for (const body of this.#open) end(body);
  }
}

function end(body: Readable): void {
  if (!body.destroyed && !body.readableEnded) body.push(null);
}
