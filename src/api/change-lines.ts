import { limits, type Turns } from '../kernel/index.ts';
import type { StoreEvent } from '../store/index.ts';

/** A line of a stream, which all streams share that send it. */
export interface Line {
  readonly bytes: Buffer;
  /** Streams that have yet to send it. */
  waiting: number;
}

interface Known {
  readonly value: string | null;
  readonly line: Line;
}

/** The lines of changes: made once for all streams, in their share of the turns, and kept for a while. */
export class ChangeLines {
  readonly #turns: Turns;
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** The line of a change. @param text what is shown of it, the same for all streams */
  async of(event: StoreEvent, text: (event: StoreEvent) => string): Promise<Line> {
    const known = this.#find(event);
    if (known !== null) return known;
    await this.#turns.take(bytesOf(event));
    // Another stream may have been faster.
    return this.#find(event) ?? this.#make(event, text(event));
  }

  #find(event: StoreEvent): Line | null {
    const known = this.#known.get(nameOf(event));
    // A store that was put back to an older copy gives a revision again to something else.
    return known !== undefined && known.value === valueIn(event) ? known.line : null;
  }

  #make(event: StoreEvent, text: string): Line {
    const line = lineOf(text);
    this.#bytes += line.bytes.length;
    this.#known.set(nameOf(event), { value: valueIn(event), line });
    for (const [name, { line: oldest }] of this.#known) {
      if (this.#bytes <= limits.streamCacheBytes) break;
      this.#known.delete(name);
      this.#bytes -= oldest.bytes.length;
    }
    return line;
  }
}

/** A line that no change stands behind. */
export function lineOf(text: string): Line {
  return { bytes: Buffer.from(`${text}\n`), waiting: 0 };
}

/** About the bytes of a change. */
export function bytesOf(event: StoreEvent): number {
  return event.type === 'put' ? event.entry.key.length + event.entry.value.length : event.key.length;
}

function nameOf(event: StoreEvent): string {
  return event.type === 'put' ? `${event.entry.modRevision} ${event.entry.key}` : `${event.modRevision} ${event.key}`;
}

function valueIn(event: StoreEvent): string | null {
  return event.type === 'put' ? event.entry.value : null;
}
