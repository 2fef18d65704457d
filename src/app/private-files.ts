import { chmod, open, readdir, stat } from 'node:fs/promises';
import { codeOf, errorText, kamadoError, type Log, makeFolder } from '../kernel/index.ts';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** What SQLite makes beside a database. */
const besides = ['', '-wal', '-shm', '-journal'] as const;

/**
 * Makes a folder where there is none, and takes one that is there away from everybody but its owner. One that holds
 * other things as well is left as it is: it may be /tmp. Where it can't be done, the log has a warning.
 * @throws DATA_FOLDER_UNUSABLE
 */
export async function makePrivateFolder(log: Log, path: string, ownFiles: readonly string[]): Promise<void> {
  try {
    makeFolder(path, PRIVATE_FOLDER);
    if (!(await isOpen(path))) return;
    const own = new Set(ownFiles.flatMap(withBesides));
    const foreign = (await readdir(path)).find((name) => !own.has(name));
    if (foreign === undefined) await makePrivate(log, path, PRIVATE_FOLDER);
    else
      log.warn(
        { path, foreign },
        'The data folder holds other things: its own mode stays, only the databases are private.',
      );
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/**
 * Makes the file of a database where there is none, and takes one that is there, and what SQLite made beside it, away
 * from everybody but its owner: SQLite gives what it makes the mode of the database.
 * @throws DATA_FOLDER_UNUSABLE
 */
export async function makePrivateFile(log: Log, path: string): Promise<void> {
  try {
    await makeFile(path);
    for (const file of withBesides(path)) {
      if (await isOpen(file)) await makePrivate(log, file, PRIVATE_FILE);
    }
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/** A file that is there isn't opened: to close it again would take its locks from whoever has it open in this process. */
async function makeFile(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', PRIVATE_FILE)).close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function withBesides(path: string): readonly string[] {
  return besides.map((end) => path + end);
}

/** Whether others than the owner may do something with it; false where it isn't there. */
async function isOpen(path: string): Promise<boolean> {
  try {
    return ((await stat(path)).mode & 0o077) !== 0;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function makePrivate(log: Log, path: string, mode: number): Promise<void> {
  try {
    await chmod(path, mode);
  } catch (error) {
    // Its owner is somebody else, or the file system knows no modes.
    log.warn({ path, reason: errorText(error) }, 'Others may read this, and it can not be changed.');
  }
}
