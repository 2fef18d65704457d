import { limits, type Turns } from '../kernel/index.ts';
import type { StoreEvent } from '../store/index.ts';

/** A line that all streams that send it share. */
export interface Line {
  readonly bytes: Buffer;
  /** The number of streams that haven't sent it yet. */
  waiting: number;
}

interface Known {
  readonly value: string | null;
  readonly line: Line;
}

/** The lines of changes: rendered once for all streams, with turns taken for the work, and cached for a while. */
export class ChangeLines {
  readonly #turns: Turns;
  readonly #known = new Map<string, Known>();
  #bytes = 0;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** The line of a change. @param text renders the change, the same for all streams */
  async of(event: StoreEvent, text: (event: StoreEvent) => string): Promise<Line> {
    const known = this.#find(event);
    if (known !== null) return known;
    await this.#turns.take(bytesOf(event));
    // Another stream may have rendered it meanwhile.
    return this.#find(event) ?? this.#make(event, text(event));
  }

  #find(event: StoreEvent): Line | null {
    const known = this.#known.get(nameOf(event));
    // A store that was restored from an older copy reuses revisions for other changes.
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

/** A line that doesn't belong to a change. */
export function lineOf(text: string): Line {
  return { bytes: Buffer.from(`${text}\n`), waiting: 0 };
}

/** The approximate bytes of a change. */
export function bytesOf(event: StoreEvent): number {
  return event.type === 'put' ? event.entry.key.length + event.entry.value.length : event.key.length;
}

function nameOf(event: StoreEvent): string {
  return event.type === 'put' ? `${event.entry.modRevision} ${event.entry.key}` : `${event.modRevision} ${event.key}`;
}

function valueIn(event: StoreEvent): string | null {
  return event.type === 'put' ? event.entry.value : null;
}
