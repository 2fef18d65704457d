import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  type Stats,
  statSync,
} from 'node:fs';
import { open, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { codeOf } from './errors.ts';

// What a user names may be anything: a pipe that nobody writes to, a device without an end, a folder. None of it is opened
// in a way that waits, and only a file is read or written.

const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const CHUNK_BYTES = 64 * 1024;

/**
 * The text of a file of at most `mostBytes`. Throws an error of the system (ENOENT, EACCES, …), or one that says why what is
 * there isn't read.
 */
export async function readTextFile(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, READ).catch((error: unknown) => {
    throw asFolderOrSocket(path, error);
  });
  try {
    checkFile(await file.stat(), mostBytes);
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Some files say that they are empty, and aren't.
    for (;;) {
      const { bytesRead, buffer } = await file.read({ buffer: Buffer.alloc(CHUNK_BYTES) });
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
      bytes += bytesRead;
      if (bytes > mostBytes) throw tooLarge(mostBytes);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

/** The same at once. */
export function readTextFileSync(path: string, mostBytes: number): string {
  let file: number;
  try {
    file = openSync(path, READ);
  } catch (error) {
    throw asFolderOrSocket(path, error);
  }
  try {
    checkFile(fstatSync(file), mostBytes);
    const chunks: Buffer[] = [];
    let bytes = 0;
    for (;;) {
      const buffer = Buffer.alloc(CHUNK_BYTES);
      const bytesRead = readSync(file, buffer);
      if (bytesRead === 0) return Buffer.concat(chunks).toString('utf8');
      bytes += bytesRead;
      if (bytes > mostBytes) throw tooLarge(mostBytes);
      chunks.push(buffer.subarray(0, bytesRead));
    }
  } finally {
    closeSync(file);
  }
}

/** Writes a file, over an older one. A pipe is written to where somebody reads it; else that is an error. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw new Error('it is a folder');
  if (found !== undefined && !found.isFile()) await checkReader(path);
  await writeFile(path, text);
}

/** Why what stands at a path can't be used as a file; null where it can, or nothing is there. */
export function fileFault(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || found.isFile() ? null : `it is ${kindOf(found)}`;
}

/** Makes a folder, and those around it that aren't there. Throws an error of the system, or one that says what is in the way. */
export function makeFolder(path: string, mode?: number): void {
  // Node's own way with `recursive` never ends where a file system such as /proc says that the folder around isn't there.
  const missing: string[] = [];
  let around = resolve(path);
  for (; !existsSync(around); around = dirname(around)) missing.unshift(around);
  if (!statSync(around).isDirectory()) throw new Error(`${around} is no folder`);
  for (const folder of missing) {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      // Another process was first.
      if (codeOf(error) !== 'EEXIST' || !statSync(folder).isDirectory()) throw error;
    }
  }
}

function checkFile(found: Stats, mostBytes: number): void {
  if (!found.isFile()) throw new Error(`it is ${kindOf(found)}, not a file`);
  if (found.size > mostBytes) throw tooLarge(mostBytes);
}

async function checkReader(path: string): Promise<void> {
  try {
    const file = await open(path, WRITE);
    await file.close();
  } catch (error) {
    throw codeOf(error) === 'ENXIO' ? new Error('it is a pipe or a socket that nobody reads') : error;
  }
}

/** A socket can't be opened at all. */
function asFolderOrSocket(path: string, error: unknown): unknown {
  if (codeOf(error) !== 'ENXIO') return error;
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? error : new Error(`it is ${kindOf(found)}, not a file`);
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder';
  if (found.isFIFO()) return 'a pipe';
  return found.isSocket() ? 'a socket' : 'a device';
}

function tooLarge(mostBytes: number): Error {
  return new Error(`it is larger than ${mostBytes} bytes`);
}
