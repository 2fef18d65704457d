import { createHash } from 'node:crypto';
import { join, relative } from 'node:path';
import { type CatalogRoot, errorText, filesBelow, isInside, limits, readTextFile, shownPath } from '../kernel/index.ts';
import type { FileFault, Position } from '../schema/index.ts';
import { DefinedHooks, takeDefined } from './kamado.ts';
import { moduleImporter } from './module-loader.ts';
import { stripTypes } from './strip-types.ts';

/** The folder of a catalogue that holds its hooks. */
export const HOOKS_FOLDER = 'hooks';

/** A value that a module exports by `defineHooks`, with its place. */
export interface HooksSource {
  readonly file: string;
  /** The name of the export. */
  readonly name: string;
  readonly defined: DefinedHooks;
  /** The source text of the module. */
  readonly text: string;
}

/** The loaded modules of a catalogue. */
export interface HookModules {
  readonly sources: readonly HooksSource[];
  /** SHA-256 over paths and texts, hex; null if there are none. */
  readonly hash: string | null;
  readonly faults: readonly FileFault[];
}

/** Matches modules; declaration files and tests aren't modules. */
const modulePattern = /(?<!\.d|\.test)\.(?:ts|js|mjs)$/;

/**
 * Reads and loads the modules below `hooks/`, in the order of their paths, for `timeoutMs` at most each.
 * @throws CATALOG_UNREADABLE
 */
export async function loadHookModules(root: CatalogRoot, timeoutMs: number = limits.hookLoadMs): Promise<HookModules> {
  const paths = root.isFolder ? await filesBelow(root, HOOKS_FOLDER, modulePattern, limits.hookModules) : [];
  if (paths.length === 0) return { sources: [], hash: null, faults: [] };
  const folder = join(root.path, HOOKS_FOLDER);
  const hash = createHash('sha256');
  const faults: FileFault[] = [];
  const texts = new Map<string, string>();
  for (const path of paths) {
    const fault = (reason: string, position: Position | null = null): void => {
      faults.push({ file: shownPath(root, path), position, schema: null, pointer: '', reason });
    };
    if (!isInside(root, path) || relative(folder, path).startsWith('..')) fault('lies outside of the folder hooks');
    else {
      const text = await readTextFile(path, limits.hookModuleBytes).catch((error: unknown) => {
        fault(`cannot be read: ${errorText(error)}`);
        return null;
      });
      if (text === null) continue;
      texts.set(path, text);
      hash.update(JSON.stringify([relative(folder, path), text]));
      const stripped = path.endsWith('.ts') ? stripTypes(text) : { code: text };
      if ('reason' in stripped) fault(`not erasable TypeScript: ${stripped.reason}`, stripped.position);
    }
  }
  // A module with a fault may be imported by others: the first fault would be reported again for each of them.
  const loaded = faults.length > 0 ? { sources: [], faults: [] } : await importAll(root, folder, texts, timeoutMs);
  return { sources: loaded.sources, hash: hash.digest('hex'), faults: [...faults, ...loaded.faults] };
}

async function importAll(root: CatalogRoot, folder: string, texts: ReadonlyMap<string, string>, timeoutMs: number) {
  const load = moduleImporter(folder);
  const sources: HooksSource[] = [];
  const faults: FileFault[] = [];
  const definedIn = new Map<DefinedHooks, string>();
  takeDefined();
  for (const [path, text] of texts) {
    const file = shownPath(root, path);
    try {
      const exported = await inTime(load(path), timeoutMs);
      for (const [name, value] of Object.entries(typeof exported === 'object' && exported !== null ? exported : {})) {
        if (value instanceof DefinedHooks) sources.push({ file, name, defined: value, text });
      }
    } catch (error) {
      const reason = `cannot be loaded: ${errorText(error)}`;
      faults.push({ file, position: placeIn(error, path), schema: null, pointer: '', reason });
    }
    for (const defined of takeDefined()) definedIn.set(defined, file);
  }
  if (faults.length > 0) return { sources, faults };
  for (const { defined } of sources) definedIn.delete(defined);
  for (const [{ type }, file] of definedIn) {
    const reason = `hooks of ${String(type)} are defined and not exported: they would never run`;
    faults.push({ file, position: null, schema: null, pointer: '', reason });
  }
  return { sources, faults };
}

/** Waits for a module for a limited time: its top-level await may never end. */
async function inTime(loading: Promise<unknown>, timeoutMs: number): Promise<unknown> {
  return await new Promise((resolve, reject) => {
    // Keeps the process alive, which would end silently if nothing else is pending.
    const timer = setTimeout(() => {
      reject(new Error(`its top-level await has not ended after ${timeoutMs} ms`));
    }, timeoutMs);
    loading.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The position in the file at which an error was thrown, from its stack. */
function placeIn(error: unknown, path: string): Position | null {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const at = line.indexOf(path);
    const [, row, column] =
      at < 0 ? [] : (/^(?:\?[^:)\s]*(?::[^:)\s]*)*?)?:(\d+)(?::(\d+))?\)?$/.exec(line.slice(at + path.length)) ?? []);
    if (row !== undefined) return { line: Number(row), column: Number(column ?? 1) };
  }
  return null;
}
