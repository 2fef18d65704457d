/** The limits for a misspelt name: one wrong letter in three, and no more than the maximum. */
const LETTERS_FOR_EACH_FAULT = 3;
const FAULTS_MOST = 3;

/** Returns '; did you mean x?' with the nearest of the known names, or '' if none is near. */
export function didYouMean(name: string, known: readonly string[]): string {
  const most = Math.min(FAULTS_MOST, Math.floor(name.length / LETTERS_FOR_EACH_FAULT));
  let nearest: { readonly name: string; readonly distance: number } | null = null;
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > most) continue;
    const distance = distanceOf(name.toLowerCase(), candidate.toLowerCase());
    if (distance <= most && distance < (nearest?.distance ?? Number.POSITIVE_INFINITY)) {
      nearest = { name: candidate, distance };
    }
  }
  return nearest === null ? '' : `; did you mean ${nearest.name}?`;
}

/** The number of letters to add, remove or change (Levenshtein). */
function distanceOf(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
