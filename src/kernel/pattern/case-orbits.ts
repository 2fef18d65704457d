/** The last code point with another case, rounded up: the rest of Unicode need not be searched. */
const LAST_CASED = 0x1ffff;
const CASED = /\p{Changes_When_Casemapped}/u;

/**
 * Pairs that differ from upper and lower case conversion: a dotless i is no i, and three pairs have capitals of several
 * letters.
 */
const EXCEPTIONS: ReadonlyMap<number, number> = new Map([
  [0x131, 0x131],
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb06, 0xfb05],
]);

let orbits: ReadonlyMap<number, readonly number[]> | undefined;

/** The code points that differ only in their case, including this one: k, K and the sign of Kelvin. */
export function caseOrbit(codePoint: number): readonly number[] {
  orbits ??= allOrbits();
  return orbits.get(codePoint) ?? [codePoint];
}

/** Simple case folding (Unicode's CaseFolding.txt, C and S), which is that of Go and of ECMAScript with the flags iu. */
function allOrbits(): ReadonlyMap<number, readonly number[]> {
  const members = new Map<number, number[]>();
  const found = new Map<number, readonly number[]>();
  for (let codePoint = 0; codePoint <= LAST_CASED; codePoint++) {
    if (!CASED.test(String.fromCodePoint(codePoint))) continue;
    const key = folded(codePoint);
    const orbit = members.get(key) ?? [];
    orbit.push(codePoint);
    members.set(key, orbit);
    found.set(codePoint, orbit);
  }
  return found;
}

function folded(codePoint: number): number {
  const exception = EXCEPTIONS.get(codePoint);
  if (exception !== undefined) return exception;
  const upper = single(String.fromCodePoint(codePoint).toUpperCase()) ?? codePoint;
  return single(String.fromCodePoint(upper).toLowerCase()) ?? upper;
}

/** The only code point of a text, or undefined if there are several. */
function single(text: string): number | undefined {
  const codePoint = text.codePointAt(0) ?? 0;
  return text.length === (codePoint > 0xffff ? 2 : 1) ? codePoint : undefined;
}
