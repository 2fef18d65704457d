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

// A path from a user may lead to anything: a pipe without a writer, an endless device, a folder. Nothing is opened in a
// way that waits, and only files are read or written.

const READ = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const WRITE = constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY;
const CHUNK_BYTES = 64 * 1024;

/**
 * Reads a file of at most `mostBytes` as text. Throws an error of the system (ENOENT, EACCES, …), or one that says why
 * it isn't read.
 */
export async function readTextFile(path: string, mostBytes: number): Promise<string> {
  const file = await open(path, READ).catch((error: unknown) => {
    throw asFolderOrSocket(path, error);
  });
  try {
    checkFile(await file.stat(), mostBytes);
    const chunks: Buffer[] = [];
    let bytes = 0;
    // Some files report that they are empty, and aren't.
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

/** The same, synchronously. */
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

/** Writes a file, over an older one. A pipe is written to if a process reads it; otherwise that is an error. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw new Error('it is a folder');
  if (found !== undefined && !found.isFile()) await checkReader(path);
  await writeFile(path, text);
}

/** Returns why a path can't be used as a file. null if it can, or if it doesn't exist. */
export function fileFault(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined || found.isFile() ? null : `it is ${kindOf(found)}`;
}

/** Makes a folder, and its missing parents. Throws an error of the system, or one that names the obstacle. */
export function makeFolder(path: string, mode?: number): void {
  // Node's own way with `recursive` never ends if a file system such as /proc reports that the parent doesn't exist.
  const missing: string[] = [];
  let around = resolve(path);
  for (; !existsSync(around); around = dirname(around)) missing.unshift(around);
  if (!statSync(around).isDirectory()) throw new Error(`${around} is not a folder`);
  for (const folder of missing) {
    try {
      mkdirSync(folder, mode);
    } catch (error) {
      // Another process may have made it first.
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
    throw codeOf(error) === 'ENXIO' ? new Error('it is a pipe or a socket that no process reads') : error;
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
