import { readdir, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { errorText, kamadoError } from './errors.ts';
import { limits } from './limits.ts';

/** The folder (or single file) of a catalogue. */
export interface CatalogRoot {
  readonly path: string;
  readonly isFolder: boolean;
  /** Nothing outside of this folder is read: the one that holds the catalogue, so that catalogues can share files. */
  readonly fence: string;
}

/** @throws CATALOG_UNREADABLE */
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

/** Whether a path, its links followed, lies inside of the fence. */
export function isInside(root: CatalogRoot, path: string): boolean {
  const way = relative(root.fence, path);
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !way.startsWith(sep);
}

/** A path as faults show it: from the fence. */
export function shownPath(root: CatalogRoot, path: string): string {
  return isInside(root, path) ? relative(root.fence, path) : path;
}

/**
 * The files below `<root>/<folder>` whose names match, YAML and JSON where nothing is said, sorted by path; hidden ones
 * aren't looked at. Empty where there is no such folder. @throws CATALOG_UNREADABLE
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

/** Where a file is, its links followed. One that leads nowhere is not left out: a rule might go with it. */
async function targetOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw kamadoError('CATALOG_UNREADABLE', { path, reason: errorText(error) }, { cause: error });
  }
}

/** Whether a file system call failed because nothing is there. */
export function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
