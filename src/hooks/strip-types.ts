import { createRequire } from 'node:module';
import { isJsonObject } from '../kernel/index.ts';
import type { Position } from '../schema/index.ts';

/** The used part of amaro, with which Node itself strips types. */
interface Stripper {
  readonly transformSync: (
    source: string,
    options: { readonly mode: 'strip-only'; readonly module: true },
  ) => { readonly code: string };
}

const require = createRequire(import.meta.url);
let stripper: Stripper | undefined;

/** A module as JavaScript; or the reason why it isn't erasable TypeScript, with the position. */
export type Stripped = { readonly code: string } | { readonly reason: string; readonly position: Position | null };

/** Replaces types by blanks: every line and column stays the same. */
export function stripTypes(source: string): Stripped {
  // Only catalogues with hooks need it, and it is large.
  const loaded: Stripper = stripper ?? require('amaro');
  stripper = loaded;
  try {
    return { code: loaded.transformSync(source, { mode: 'strip-only', module: true }).code };
  } catch (error) {
    // It throws objects that are no Error: {code, message, startLine, startColumn}.
    if (error instanceof Error || !isJsonObject(error) || typeof error.message !== 'string') throw error;
    const { message, startLine, startColumn } = error;
    const known = typeof startLine === 'number' && typeof startColumn === 'number';
    return { reason: message, position: known ? { line: startLine, column: startColumn + 1 } : null };
  }
}
