import type { Json } from '../kernel/index.ts';

const TRUE_WORDS: readonly string[] = ['1', 't', 'true', 'on', 'y', 'yes'];
const FALSE_WORDS: readonly string[] = ['0', 'f', 'false', 'off', 'n', 'no'];

/** The words that Heat accepts for booleans, in its own order. */
export const booleanWords: readonly string[] = [...TRUE_WORDS, ...FALSE_WORDS].sort();

/** The boolean that a word stands for, in any case; undefined if it stands for none. */
export function booleanOfWord(word: string): boolean | undefined {
  const lower = word.toLowerCase();
  if (TRUE_WORDS.includes(lower)) return true;
  return FALSE_WORDS.includes(lower) ? false : undefined;
}

/** Whether a flag is set. Heat accepts texts for booleans, too. */
export function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && booleanOfWord(value) === true);
}
