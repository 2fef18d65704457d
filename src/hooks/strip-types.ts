import { createRequire } from 'node:module';
import { isJsonObject } from '../kernel/index.ts';
import type { Position } from '../schema/index.ts';

/** What is used of amaro, which Node itself strips types with. */
interface Stripper {
  readonly transformSync: (
    source: string,
    options: { readonly mode: 'strip-only'; readonly module: true },
  ) => { readonly code: string };
}

const require = createRequire(import.meta.url);
let stripper: Stripper | undefined;

/** A module as JavaScript; or why it isn't erasable TypeScript, and where. */
export type Stripped = { readonly code: string } | { readonly reason: string; readonly position: Position | null };

/** Puts blanks where types are: every line and column stays what it was. */
export function stripTypes(source: string): Stripped {
  // Only catalogues with hooks need it, and it is large.
  const loaded: Stripper = stripper ?? require('amaro');
  stripper = loaded;
  try {
    return { code: loaded.transformSync(source, { mode: 'strip-only', module: true }).code };
  } catch (error) {
    // What it throws is no Error: {code, message, startLine, startColumn}.
    if (error instanceof Error || !isJsonObject(error) || typeof error.message !== 'string') throw error;
    const { message, startLine, startColumn } = error;
    const known = typeof startLine === 'number' && typeof startColumn === 'number';
    return { reason: message, position: known ? { line: startLine, column: startColumn + 1 } : null };
  }
}
