import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorText, kamadoError } from './errors.ts';
import { limits } from './limits.ts';

/** The folder (or single file) of a catalogue. */
export interface CatalogRoot {
  readonly path: string;
  readonly isFolder: boolean;
  /** The outermost folder that is read: the one that holds the catalogue, so that catalogues can share files. */
  readonly fence: string;
}

/** Opens the folder or file of a catalogue. @throws CATALOG_UNREADABLE */
export async function openCatalogRoot(root: string): Promise<CatalogRoot> {
  try {
    const path = await realpath(root);
    const found = await stat(path);
    const isFolder = found.isDirectory();
    if (!isFolder && !found.isFile()) throw new Error('it is neither a folder nor a file');
    return { path, isFolder, fence: dirname(path) };
  } catch (error) {
    throw kamadoError('CATALOG_UNREADABLE', { path: root, reason: errorText(error) }, { cause: error });
  }
}

/** Whether a path, with its links followed, lies inside of the fence. */
export function isInside(root: CatalogRoot, path: string): boolean {
  const way = relative(root.fence, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}

/** A path for messages, relative to the fence. */
export function shownPath(root: CatalogRoot, path: string): string {
  return isInside(root, path) ? relative(root.fence, path) : path;
}

/**
 * Returns the files below `<root>/<folder>` whose names match (by default YAML and JSON), sorted by path. Hidden files
 * are skipped. Empty if there is no such folder.
 * @throws CATALOG_UNREADABLE
 */
export async function filesBelow(
  root: CatalogRoot,
  folder: string,
  wantedName = /\.(?:ya?ml|json)$/,
  most: number = limits.schemas,
): Promise<readonly string[]> {
  const start = join(root.path, folder);
  const entries = await entriesBelow(start);
  const wanted = entries.filter((entry) => wantedName.test(entry) && !/(?:^|[/\\])\./.test(entry)).sort();
  if (wanted.length > most) {
    throw kamadoError('CATALOG_UNREADABLE', { path: start, reason: `it holds more than ${most} files` });
  }
  return await Promise.all(wanted.map((entry) => targetOf(join(start, entry))));
}

async function entriesBelow(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder, { recursive: true });
  } catch (error) {
    if (isMissing(error)) return [];
    throw kamadoError('CATALOG_UNREADABLE', { path: folder, reason: errorText(error) }, { cause: error });
  }
}

/** Returns the target of a file's links. A broken link is an error, not left out: a rule might be lost with it. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw kamadoError('CATALOG_UNREADABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/** Whether a file system call failed because the file doesn't exist. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
