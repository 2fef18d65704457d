import { styleText } from 'node:util';
import { printable } from '../output.ts';
import { shorten } from '../text-width.ts';
import type { RecordedChange } from './entries.ts';
import { describeKey, describeValue, type ShownResource } from './key-text.ts';

export interface DiagramOptions {
  readonly resource: ShownResource;
  /** The writers that are known beforehand; others get a column at their first entry. */
  readonly writers: readonly string[];
  /** Columns of the terminal. */
  readonly width: number;
  readonly colour: boolean;
}

/** A sequence diagram that grows. */
export interface Diagram {
  /** The lines that the next changes add, headings included where they are needed. */
  readonly add: (changes: readonly RecordedChange[]) => readonly string[];
}

/** The order in which a change passes the components. */
const usualOrder = ['api', 'sync', 'controller', 'worker'];
const TIME_WIDTH = 10;
const REVISION_WIDTH = 7;
const LANE_GAP = 2;
const ACTION_WIDTH = 6;
type Style = 'dim' | 'bold' | 'green' | 'yellow' | 'red' | 'magenta';
const actionColours: { readonly [action: string]: Style } = {
  create: 'green',
  update: 'yellow',
  delete: 'red',
  expire: 'magenta',
};

/**
 * Draws who wrote what as a sequence diagram: a column per writer, an arrow per transaction into the store, the time
 * since the first change, and the time since the change before.
 */
export function createDiagram(options: DiagramOptions): Diagram {
  let writers: readonly string[] = [];
  let firstMs: number | null = null;
  let previous: RecordedChange | null = null;

  const row = (change: RecordedChange): string => {
    firstMs ??= change.timeMs;
    const isNext = previous === null || previous.revision !== change.revision;
    const step = previous === null ? '' : durationText(change.timeMs - previous.timeMs);
    const times = isNext ? [durationText(change.timeMs - firstMs), step] : ['', ''];
    const left = times.map((text) => text.padStart(TIME_WIDTH)).join('');
    const revision = (isNext ? String(change.revision) : '').padStart(REVISION_WIDTH);
    previous = change;
    const lanes = isNext ? arrowFrom(writers, change.writer) : columnLines(writers);
    const used = left.length + revision.length + lanes.length + ACTION_WIDTH + 4;
    return `${dim(left + revision)}  ${lanes}${eventText(change, options, options.width - used)}`.trimEnd();
  };
  const dim = (text: string): string => (options.colour ? styled('dim', text) : text);

  return {
    add: (changes) =>
      changes.flatMap((change) => {
        if (writers.includes(change.writer)) return [row(change)];
        writers = ordered([...writers, ...options.writers, change.writer]);
        const heading = headingOf(writers);
        return [options.colour ? styled('bold', heading) : heading, row(change)];
      }),
  };
}

/** The caller has checked that the stream takes colours. */
function styled(style: Style, text: string): string {
  return styleText(style, text, { validateStream: false });
}

function eventText(change: RecordedChange, { resource, colour }: DiagramOptions, width: number): string {
  const action = printable(change.action).padEnd(ACTION_WIDTH);
  const style = colour ? actionColours[change.action] : undefined;
  const key = printable(describeKey(change.key, resource));
  const value = printable(describeValue(change.value));
  const whole = value === '' ? key : `${key}  ${value}`;
  // Why something failed is what the reader is here for.
  const text = value.startsWith('error:') ? whole : shorten(whole, width);
  return ` ${style === undefined ? action : styled(style, action)} ${text}`;
}

function headingOf(writers: readonly string[]): string {
  const times = ['time', 'step'].map((text) => text.padStart(TIME_WIDTH)).join('');
  const lanes = writers.map((writer) => printable(writer).padEnd(laneWidth(writer))).join('');
  return `${times}${'rev'.padStart(REVISION_WIDTH)}  ${lanes}  store`;
}

function columnLines(writers: readonly string[]): string {
  return `${writers.map((writer) => '│'.padEnd(laneWidth(writer))).join('')} `;
}

/** ●──┼──▶ from the writer to the store. */
function arrowFrom(writers: readonly string[], from: string): string {
  const start = writers.indexOf(from);
  const cells = writers.map((writer, i) => {
    if (i < start) return '│'.padEnd(laneWidth(writer));
    return (i === start ? '●' : '┼').padEnd(laneWidth(writer), '─');
  });
  return `${cells.join('')}▶`;
}

function laneWidth(writer: string): number {
  return printable(writer).length + LANE_GAP;
}

function ordered(writers: readonly string[]): readonly string[] {
  const present = new Set(writers);
  const usual = usualOrder.filter((writer) => present.has(writer));
  return [...usual, ...[...present].filter((writer) => !usualOrder.includes(writer)).sort()];
}

/** Milliseconds as long as they say something; a negative one where two clocks differ. */
function durationText(ms: number): string {
  if (Math.abs(ms) < 10_000) return `${ms.toFixed(1)} ms`;
  const seconds = ms / 1_000;
  if (Math.abs(seconds) < 10_000) return `${seconds.toFixed(1)} s`;
  const hours = seconds / 3_600;
  return Math.abs(hours) < 100 ? `${hours.toFixed(1)} h` : `${(hours / 24).toFixed(1)} d`;
}
