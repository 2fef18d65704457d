import type { FastifyRequest } from 'fastify';
import type { PlacedEntry, TimelineReader } from '../database/index.ts';
import { limits, type Turns } from '../kernel/index.ts';
import type { PageText } from './page-text.ts';
import { checkClient } from './resource-text.ts';

/** The part of a timeline to read, and its request. */
export interface Reading {
  readonly timeline: TimelineReader;
  readonly turns: Turns;
  readonly request: FastifyRequest;
  readonly type: string;
  readonly id: string;
  /** A position: a revision, unless the store has gone back. */
  readonly afterRevision: number;
}

/** The end of a page. */
export interface PageEnd {
  readonly position: number;
  /** Whether nothing follows. */
  readonly whole: boolean;
}

/**
 * Adds entries up to the limit or as many as fit, up to the end of a revision, but at least one revision. Null if there
 * are none.
 */
export async function addEntries(text: PageText, reading: Reading, limit: number): Promise<PageEnd | null> {
  let position: number | null = null;
  let count = 0;
  for await (const entries of revisionsOf(reading)) {
    // A page of size 0 has no next page.
    if (limit === 0) return { position: reading.afterRevision, whole: true };
    const lines: string[] = [];
    for (const entry of entries) {
      await reading.turns.take(entry.value.length);
      lines.push(JSON.stringify(shown(entry)));
    }
    if (position !== null && (count >= limit || !text.add(lines.join(',')))) return { position, whole: false };
    if (position === null) text.append(lines.join(','));
    count += entries.length;
    position = entries[0]?.position ?? position;
  }
  return position === null ? null : { position, whole: true };
}

/** The entries of each revision, read in batches. */
async function* revisionsOf({ timeline, request, type, id, afterRevision }: Reading) {
  const limit = limits.timelineReadEntries;
  for (let after = afterRevision; ; ) {
    const entries = await timeline.read(type, id, { afterRevision: after, limit });
    checkClient(request);
    const revisions = byRevision(entries);
    const whole = entries.length < limit;
    // The last revision of a batch may be incomplete; a revision that fills the whole batch is cut.
    if (!whole && revisions.length > 1) revisions.pop();
    yield* revisions;
    after = revisions.at(-1)?.[0]?.position ?? after;
    if (whole) return;
  }
}

function byRevision(entries: readonly PlacedEntry[]): PlacedEntry[][] {
  const revisions: PlacedEntry[][] = [];
  for (const entry of entries) {
    const last = revisions.at(-1);
    if (last?.[0]?.position === entry.position) last.push(entry);
    else revisions.push([entry]);
  }
  return revisions;
}

function shown({ timeMs, revision, writer, action, key, value }: PlacedEntry) {
  return { time: timeText(timeMs), revision, writer, action, key, value };
}

/** RFC 3339 with microseconds: the steps of a workflow are less than a millisecond apart. */
function timeText(timeMs: number): string {
  const micros = Math.round(timeMs * 1_000);
  const millis = new Date(Math.floor(micros / 1_000)).toISOString();
  return `${millis.slice(0, -1)}${String(micros % 1_000).padStart(3, '0')}Z`;
}
