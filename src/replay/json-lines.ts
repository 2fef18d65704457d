import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import {
  errorText,
  isKamadoError,
  isMissing,
  type Json,
  jsonTextDepth,
  kamadoError,
  limits,
  parseForeignJson,
} from '../kernel/index.ts';

/**
 * Reads a line into an item; returns null if it holds nothing of use, and a text with the reason if it can't be
 * understood.
 */
export type ReadLine<Item> = (value: Json | undefined, lineNumber: number) => Item | null | string;

/** Reads a file of a run that holds a JSON value on each line; empty lines are ignored. @throws RUN_UNREADABLE */
export async function readJsonLines<Item extends object>(path: string, read: ReadLine<Item>): Promise<readonly Item[]> {
  const items: Item[] = [];
  let lineNumber = 0;
  try {
    // A pipe or a device may have no end.
    if (!(await stat(path)).isFile()) throw unreadable(path, 'it is not a file');
    for await (const line of createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY })) {
      lineNumber++;
      if (line.trim() === '') continue;
      const item = readLine(path, line, lineNumber, read);
      if (item === null) continue;
      if (items.length >= limits.runEvents) throw unreadable(path, `it has more than ${limits.runEvents} events`);
      items.push(item);
    }
  } catch (error) {
    throw isKamadoError(error) ? error : unreadable(path, errorText(error), error);
  }
  return items;
}

/** The same for an optional file; null if it doesn't exist. @throws RUN_UNREADABLE */
export async function readJsonLinesIfThere<Item extends object>(
  path: string,
  read: ReadLine<Item>,
): Promise<readonly Item[] | null> {
  try {
    await stat(path);
  } catch (error) {
    if (isMissing(error)) return null;
  }
  return await readJsonLines(path, read);
}

export function unreadable(path: string, reason: string, cause?: unknown): Error {
  return kamadoError('RUN_UNREADABLE', { path, reason }, { cause });
}

function readLine<Item extends object>(
  path: string,
  line: string,
  lineNumber: number,
  read: ReadLine<Item>,
): Item | null {
  if (line.length > limits.runEventLength) throw unreadable(path, `line ${lineNumber} is too long`);
  if (jsonTextDepth(line) > limits.runEventDepth) {
    throw unreadable(path, `line ${lineNumber} is nested deeper than ${limits.runEventDepth} levels`);
  }
  const item = read(parseForeignJson(line), lineNumber);
  if (typeof item === 'string') throw unreadable(path, `line ${lineNumber}: ${item}`);
  return item;
}
