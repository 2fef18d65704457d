import { chmod, open, readdir, stat } from 'node:fs/promises';
import { codeOf, errorText, kamadoError, type Log, makeFolder } from '../kernel/index.ts';

const PRIVATE_FOLDER = 0o700;
const PRIVATE_FILE = 0o600;
/** The endings of a database file and of the files that SQLite makes beside it. */
const endings = ['', '-wal', '-shm', '-journal'] as const;

/**
 * Makes a folder if it doesn't exist. If it does, removes the permissions of all users but its owner. A folder that
 * holds other files as well keeps its mode: it may be /tmp. If the mode can't be changed, a warning is logged.
 * @throws DATA_FOLDER_UNUSABLE
 */
export async function makePrivateFolder(log: Log, path: string, ownFiles: readonly string[]): Promise<void> {
  try {
    makeFolder(path, PRIVATE_FOLDER);
    if (!(await isOpen(path))) return;
    const own = new Set(ownFiles.flatMap(withCompanions));
    const foreign = (await readdir(path)).find((name) => !own.has(name));
    if (foreign === undefined) await makePrivate(log, path, PRIVATE_FOLDER);
    else
      log.warn(
        { path, foreign },
        'The data folder holds other files: its mode stays as it is, only the databases are private.',
      );
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/**
 * Makes a database file if it doesn't exist. If it does, removes the permissions of all users but its owner, also from
 * the files that SQLite made beside it: SQLite gives new files the mode of the database.
 * @throws DATA_FOLDER_UNUSABLE
 */
export async function makePrivateFile(log: Log, path: string): Promise<void> {
  try {
    await makeFile(path);
    for (const file of withCompanions(path)) {
      if (await isOpen(file)) await makePrivate(log, file, PRIVATE_FILE);
    }
  } catch (error) {
    throw kamadoError('DATA_FOLDER_UNUSABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/**
 * Makes a file. An existing file isn't opened: closing it again would release the locks of other descriptors in this
 * process.
 */
async function makeFile(path: string): Promise<void> {
  try {
    await (await open(path, 'wx', PRIVATE_FILE)).close();
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
}

function withCompanions(path: string): readonly string[] {
  return endings.map((end) => path + end);
}

/** Whether users other than the owner have permissions on a path; false if it doesn't exist. */
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
    // The file belongs to another user, or the file system has no modes.
    log.warn({ path, reason: errorText(error) }, 'Other users may read this path, and its mode can not be changed.');
  }
}
