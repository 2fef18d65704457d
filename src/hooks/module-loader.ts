import * as nodeModule from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { limits, readTextFileSync } from '../kernel/index.ts';
import { stripTypes } from './strip-types.ts';

// Node's module loader, extended to load the hooks of a catalogue: TypeScript without its types (also on Node 20), and
// 'kamado' wherever the catalogue is stored. It affects only URLs that carry this mark.

/**
 * A query parameter with the number of the load, so that a catalogue that is read again gets new modules, and the
 * folder that modules must be in, because the hash of the hooks covers only that.
 */
const MARK = 'kamado-hooks';

/** The part of the context of Node's resolve hooks that is used here. */
interface ResolveContext {
  readonly parentURL?: string | undefined;
}

/** A resolve hook (https://nodejs.org/api/module.html#resolvespecifier-context-nextresolve), for both of Node's loaders. */
export function resolve<Answer>(
  specifier: string,
  context: ResolveContext,
  next: (specifier: string, context: ResolveContext) => Answer,
) {
  // Also for packages of the catalogue, and for Node 20, which asks again without the mark to find out what isn't
  // exported.
  if (specifier === 'kamado') return { url: new URL(kamadoPath(), import.meta.url).href, shortCircuit: true };
  const load = markOf(context.parentURL);
  if (load === null) return next(specifier, context);
  if (!/^\.\.?\//.test(specifier)) return next(specifier, context);
  const url = new URL(specifier, context.parentURL);
  const folder = load.slice(load.indexOf(':') + 1);
  // An import of types that isn't marked as such remains as an empty import.
  if (!url.href.startsWith(folder) && url.href !== new URL('../types.ts', folder).href) {
    throw new Error(`${specifier} lies outside of the folder hooks`);
  }
  url.searchParams.set(MARK, load);
  return { url: url.href, format: 'module', shortCircuit: true };
}

/** A load hook of Node. */
export function load<Answer>(
  url: string,
  context: object,
  next: (url: string, context: object) => Answer,
): Answer | { readonly format: 'module'; readonly source: string; readonly shortCircuit: true } {
  if (markOf(url) === null) return next(url, context);
  const path = fileURLToPath(plain(url));
  const text = readTextFileSync(path, limits.hookModuleBytes);
  const stripped = path.endsWith('.ts') ? stripTypes(text) : { code: text };
  if (!('code' in stripped)) throw new SyntaxError(stripped.reason);
  // Stack traces name the original file: stripping types keeps lines and columns.
  return { format: 'module', source: `${stripped.code}\n//# sourceURL=${plain(url)}`, shortCircuit: true };
}

let registered = false;
let loads = 0;

/** A function that imports files below a folder of hooks, for one load of a catalogue. */
export function moduleImporter(folder: string): (path: string) => Promise<unknown> {
  if (!registered) {
    registered = true;
    // Node 20 has only the older function, which uses a thread of its own; Node 22.15 and newer have both.
    const inThread: unknown = Reflect.get(nodeModule, 'registerHooks');
    if (typeof inThread === 'function') inThread({ resolve, load });
    else nodeModule.register(import.meta.url);
  }
  const mark = `${++loads}:${pathToFileURL(folder).href}/`;
  return async (path) => {
    const url = pathToFileURL(path);
    url.searchParams.set(MARK, mark);
    const loaded: unknown = await import(url.href);
    return loaded;
  };
}

/** The path of the module 'kamado', compiled or not. */
function kamadoPath(): string {
  return import.meta.url.endsWith('.ts') ? './kamado.ts' : './kamado.js';
}

function markOf(url: string | undefined): string | null {
  return url?.startsWith('file:') === true ? new URL(url).searchParams.get(MARK) : null;
}

function plain(url: string): string {
  const without = new URL(url);
  without.search = '';
  return without.href;
}
