import { randomBytes } from 'node:crypto';
import { rmSync, truncateSync, writeFileSync } from 'node:fs';
import { type FileHandle, open, rm, stat, statfs, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { limits } from './limits.ts';
import type { Log } from './log.ts';
import { nextTurn, type Runtime } from './runtime.ts';
import { type SqliteDatabase, sqliteCode, sqliteCodes } from './sqlite.ts';
import { type FullStorage, type ProbeLimits, type Storage, StorageGauge } from './storage.ts';

/** The file that occupies the space. Its contents have no use, and it may be removed. */
const FILE = 'reserve';
const PROBE_FILE = 'reserve.probe';
/** The files that a reserve makes in its folder. */
export const reserveFiles: readonly string[] = [FILE, PROBE_FILE];
const PROBE_BYTES = 4096;
/** The default of SQLite. */
const PAGE_BYTES = 4096;
/** The number of databases in a data folder. The reserve has space for the logs of all of them. */
const DATABASES = 3;
const CHUNK_BYTES = 1024 ** 2;

/** The options of a reserve. The limits apply if absent. */
export interface DiskReserveOptions {
  readonly runtime: Runtime;
  readonly log: Log;
  readonly folder: string;
  readonly bytes?: number;
  readonly probe?: ProbeLimits;
}

/**
 * Reserved space on the disk of a folder that its databases share. It is released when the disk is full, so that
 * deletions continue.
 */
export class DiskReserve {
  readonly #runtime: Runtime;
  readonly #folder: string;
  readonly #path: string;
  readonly #bytes: number;
  readonly #gauge: StorageGauge;
  readonly #databases = new Set<SqliteDatabase>();
  /** Grows when the space is released: a concurrent attempt to take it then stops. */
  #releases = 0;

  private constructor(options: DiskReserveOptions, bytes: number) {
    this.#runtime = options.runtime;
    this.#folder = options.folder;
    this.#path = join(options.folder, FILE);
    this.#bytes = bytes;
    this.#gauge = new StorageGauge({ ...options, hasSpace: () => this.#takeAgain() });
  }

  /** Takes the space. A disk with too little space is full from the beginning. */
  static async open(options: DiskReserveOptions): Promise<DiskReserve> {
    const reserve = new DiskReserve(options, options.bytes ?? (await bytesFor(options.folder)));
    if (!(await reserve.#take(reserve.#bytes))) reserve.#gauge.fill(reserve.full);
    return reserve;
  }

  /**
   * Keeps the log of a database so short that the reserve has space for copying the logs of all databases. Returns a
   * function that ends that.
   */
  attach(database: SqliteDatabase): () => void {
    database.exec(`PRAGMA wal_autocheckpoint = ${Math.min(limits.walPages, this.#logPages)}`);
    this.#databases.add(database);
    return () => this.#databases.delete(database);
  }

  /** Read-only from the time when the disk was found full until there is space and the reserve is restored. */
  get storage(): Storage {
    return this.#gauge;
  }

  get full(): FullStorage {
    return {
      what: `disk of ${this.#folder}`,
      reason: `it has less space than the ${this.#bytes} bytes that are kept for deletions`,
      remedy: 'Free space on it, or delete what is not needed; waiting work continues by itself when there is space.',
    };
  }

  /** Whether an error of a database in the folder means that the disk is full. */
  isFull(error: unknown): boolean {
    const code = sqliteCode(error);
    // For a quota, and for a disk without inodes, SQLite only reports a failure.
    const unclear = code === sqliteCodes.IOERR || code === sqliteCodes.CANTOPEN;
    return code === sqliteCodes.FULL || (unclear && !canWrite(this.#folder));
  }

  /** The length of a log, in pages. */
  get #logPages(): number {
    return Math.max(2, Math.floor(this.#bytes / PAGE_BYTES / DATABASES));
  }

  /** Releases the space to the files of the databases, so that their logs begin anew. */
  release(): void {
    this.#releases++;
    removeNow(this.#path);
    this.#gauge.fill(this.full);
    // The logs keep their files, so that no other program gets the free space in them, unless a log needs the space of
    // the others.
    if (!this.#checkpoint('RESTART')) this.#checkpoint('TRUNCATE');
  }

  close(): void {
    this.#releases++;
    this.#gauge.close();
  }

  /**
   * Takes the space again. As much again must be free, for the logs and for growing files, so that the next write
   * doesn't fill the disk.
   */
  async #takeAgain(): Promise<boolean> {
    if (!(await this.#take(2 * this.#bytes))) {
      await this.#shrink();
      if (!(await this.#take(2 * this.#bytes))) return false;
    }
    await truncate(this.#path, this.#bytes);
    return true;
  }

  /** Returns deleted data of the databases to the disk, in parts. */
  async #shrink(): Promise<void> {
    const partPages = Math.floor(this.#logPages / 2);
    for (const database of this.#databases) {
      for (let pages = freePages(database); pages > 0; ) {
        if (!attempt(() => database.exec(`PRAGMA incremental_vacuum(${partPages})`))) break;
        this.#checkpoint('TRUNCATE');
        await nextTurn(this.#runtime);
        if (!this.#databases.has(database)) return;
        const rest = freePages(database);
        // The file of an older version can't be shrunk.
        if (rest >= pages) break;
        pages = rest;
      }
    }
  }

  /** Copies the logs into the files. Returns false if there is no space for one of them. */
  #checkpoint(mode: 'RESTART' | 'TRUNCATE'): boolean {
    const done = [...this.#databases].map((database) => attempt(() => database.exec(`PRAGMA wal_checkpoint(${mode})`)));
    return done.every(Boolean);
  }

  /** Returns false if the disk has no space for it: then nothing is taken. */
  async #take(bytes: number): Promise<boolean> {
    try {
      if (await hasSize(this.#path, bytes)) return true;
      const releases = this.#releases;
      const file = await open(this.#path, 'w', 0o600);
      try {
        if (await write(file, bytes, () => releases === this.#releases)) return true;
      } finally {
        await file.close();
      }
      await rm(this.#path, { force: true });
      return false;
    } catch (error) {
      await rm(this.#path, { force: true }).catch(() => undefined);
      // Other faults of the folder are reported by its databases.
      return !isNoSpace(error);
    }
  }
}

/** Runs a task. Returns false if the database refuses it. */
function attempt(task: () => void): boolean {
  try {
    task();
    return true;
  } catch (error) {
    if (sqliteCode(error) === undefined) throw error;
    return false;
  }
}

function freePages(database: SqliteDatabase): number {
  return Number(database.prepare('PRAGMA freelist_count').get()?.freelist_count);
}

function removeNow(path: string): void {
  try {
    // If an open file were only removed, it would keep its blocks.
    truncateSync(path, 0);
    rmSync(path, { force: true });
  } catch {
    // The file was released before.
  }
}

async function bytesFor(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.min(limits.diskReserveBytes, Math.floor(blocks * bsize * limits.diskReserveShare));
}

async function hasSize(path: string, bytes: number): Promise<boolean> {
  try {
    return (await stat(path)).size >= bytes;
  } catch {
    return false;
  }
}

/** Writes so many bytes that no file system can compress. Returns false if it has to stop. */
async function write(file: FileHandle, bytes: number, goesOn: () => boolean): Promise<boolean> {
  const chunk = randomBytes(Math.min(bytes, CHUNK_BYTES));
  for (let left = bytes; left > 0; left -= chunk.length) {
    if (!goesOn()) return false;
    await file.appendFile(left < chunk.length ? chunk.subarray(0, left) : chunk);
  }
  return goesOn();
}

function canWrite(folder: string): boolean {
  const path = join(folder, PROBE_FILE);
  try {
    writeFileSync(path, randomBytes(PROBE_BYTES), { mode: 0o600 });
    return true;
  } catch (error) {
    return !isNoSpace(error);
  } finally {
    rmSync(path, { force: true });
  }
}

function isNoSpace(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
