import type { Run } from './run.ts';

/**
 * The length below which a part can't make the built-in search slow. Beyond it, each character may be compared as often
 * as the part is long.
 */
const SHORT = 8;

/** The positions of a part in a text, without overlap, at most so many. The part is not empty. */
export function positionsOf(run: Run, text: string, part: string, most = Number.POSITIVE_INFINITY): readonly number[] {
  const find = part.length < SHORT ? nativeFinder(run, text, part) : linearFinder(run, text, part);
  const positions: number[] = [];
  for (let at = most > 0 ? find(0) : -1; at >= 0; at = positions.length < most ? find(at + part.length) : -1) {
    run.charge(1);
    positions.push(at);
  }
  return positions;
}

/** Finds the next position from an offset on, or -1. */
type Finder = (from: number) => number;

function nativeFinder(run: Run, text: string, part: string): Finder {
  run.reserve(text.length);
  return (from) => text.indexOf(part, from);
}

/** The search of Knuth, Morris and Pratt: linear in both lengths, whatever they contain. */
function linearFinder(run: Run, text: string, part: string): Finder {
  run.scan(text.length + part.length);
  if (part.length > text.length) return () => -1;
  const borders = bordersOf(part);
  return (from) => {
    let matched = 0;
    for (let i = from; i < text.length; i++) {
      const code = text.charCodeAt(i);
      while (matched > 0 && code !== part.charCodeAt(matched)) matched = borders[matched - 1] ?? 0;
      if (code === part.charCodeAt(matched)) matched++;
      if (matched === part.length) return i - part.length + 1;
    }
    return -1;
  };
}

/** For each prefix of the part: the length of the longest text that it both begins and ends with. */
function bordersOf(part: string): Int32Array {
  const borders = new Int32Array(part.length);
  let matched = 0;
  for (let i = 1; i < part.length; i++) {
    while (matched > 0 && part.charCodeAt(i) !== part.charCodeAt(matched)) matched = borders[matched - 1] ?? 0;
    if (part.charCodeAt(i) === part.charCodeAt(matched)) matched++;
    borders[i] = matched;
  }
  return borders;
}
