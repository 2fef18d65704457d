import type { Position } from '../schema/index.ts';
import type { HooksSource } from './load-hooks.ts';

/**
 * The position of a part of exported hooks in its module, found by its name, because the hooks themselves don't record
 * it. It is the first such name after that of the export, which in unusual modules is another one; null if there is
 * none.
 */
export function placeInModule({ name, defined, text }: HooksSource, pointer: string): Position | null {
  const part = pointer === '' ? String(defined.type) : pointer.slice(pointer.lastIndexOf('/') + 1);
  const begin = Math.max(0, wordIn(text, name, 0));
  const at = wordIn(text, part, begin);
  if (at < 0) return null;
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The index at which a whole word begins in a text; -1 if it doesn't occur. */
function wordIn(text: string, word: string, from: number): number {
  if (word === '') return -1;
  for (let at = text.indexOf(word, from); at >= 0; at = text.indexOf(word, at + 1)) {
    if (!isPart(text[at - 1]) && !isPart(text[at + word.length])) return at;
  }
  return -1;
}

function isPart(character: string | undefined): boolean {
  return character !== undefined && /[\w$]/.test(character);
}
