import { isJsonObject, parseJson } from '../kernel/index.ts';
import { isCompacted, type KeyValue, newestSignature, type Read, stillHas, type Verdict } from '../store/index.ts';

/** The text form of a signature, kept to find out later whether the store still has the same history. */
export function encodeLandmark(signature: KeyValue): string {
  return JSON.stringify(signature);
}

/** Whether the store still has the signature of the landmark. */
export async function verdictOnLandmark(read: Read, landmark: string | null): Promise<Verdict> {
  const signature = decode(landmark);
  return signature === null ? 'unknown' : await stillHas(read, signature);
}

/**
 * The revision of a store's new history, up to `now`, after which everything is new to a reader that has seen the
 * landmark in the old one. Changes signed later than the landmark are new; the writers' clocks decide.
 */
export async function lastKnownRevision(read: Read, landmark: string | null, now: number): Promise<number> {
  const signature = decode(landmark);
  const knownMs = signature === null ? null : timeOf(signature);
  if (knownMs === null) return now;
  let known = 0;
  for (let unknown = now + 1; unknown - known > 1; ) {
    const middle = Math.floor((known + unknown) / 2);
    if (await isSignedBy(read, middle, knownMs)) known = middle;
    else unknown = middle;
  }
  return known;
}

/** The landmark of a revision, or null if no writer has signed before it. */
export async function landmarkAt(read: Read, revision: number): Promise<string | null> {
  if (revision === 0) return null;
  try {
    const signature = await newestSignature(read, revision);
    return signature === null ? null : encodeLandmark(signature);
  } catch (error) {
    if (isCompacted(error)) return null;
    throw error;
  }
}

/** Whether the store had no signature later than that time, at a revision. A compacted revision is older than that. */
async function isSignedBy(read: Read, revision: number, latestMs: number): Promise<boolean> {
  try {
    const signature = await newestSignature(read, revision);
    return signature === null || (timeOf(signature) ?? 0) <= latestMs;
  } catch (error) {
    if (isCompacted(error)) return true;
    throw error;
  }
}

function timeOf({ value }: KeyValue): number | null {
  const signature = parseJson(value);
  return isJsonObject(signature) && typeof signature.timeMs === 'number' ? signature.timeMs : null;
}

function decode(landmark: string | null): KeyValue | null {
  const entry = landmark === null ? undefined : parseJson(landmark);
  if (!isJsonObject(entry) || typeof entry.key !== 'string' || typeof entry.value !== 'string') return null;
  const { key, value, createRevision, modRevision, version } = entry;
  if (typeof createRevision !== 'number' || typeof modRevision !== 'number' || typeof version !== 'number') return null;
  return { key, value, createRevision, modRevision, version, lease: null };
}
