import { keys, parseJobKey, parseResourceKey } from '../../src/records/keys.ts';
import type { LogRecord } from '../../src/store/embedded/persistence.ts';
import { pathOfJob } from './job-paths.ts';
import type { Change, ImageEntry, Signature, StoreImage } from './store-image.ts';
import { hold } from './violation.ts';

/**
 * Nothing is written by a controller that doesn't lead, nor by a worker about a job that it doesn't have: neither at the
 * time of the write, nor when it was sent.
 */
export function checkFences(before: StoreImage, change: Change, uuidOwners: ReadonlyMap<string, string>): void {
  const { signature, records } = change;
  if (signature === null) {
    checkUnsigned(before, records);
    return;
  }
  const isOwn = (entry: ImageEntry | undefined): boolean =>
    entry !== undefined &&
    uuidOwners.get(entry.value) === signature.writer &&
    entry.committedAtMs <= signature.sentAtMs;
  if (signature.writer.startsWith('controller')) checkController(before, records, signature, isOwn);
  if (signature.writer.startsWith('worker')) checkWorker(before, records, signature, isOwn);
}

/** What nobody has signed are the ends of leases. */
function checkUnsigned(before: StoreImage, records: readonly LogRecord[]): void {
  for (const { key, entry } of records) {
    const isEnd = entry === null && before.entries.get(key)?.lease !== null;
    hold(isEnd, 'only leases end by themselves', () => `${key} was changed by nobody`);
  }
}

function checkController(
  before: StoreImage,
  records: readonly LogRecord[],
  { writer }: Signature,
  isOwn: (entry: ImageEntry | undefined) => boolean,
): void {
  const leader = before.entries.get(keys.controllerLeader);
  if (records.some(({ key }) => key === keys.controllerLeader)) {
    hold(leader === undefined, 'one controller leads', () => `${writer} takes the key that ${leader?.value} has`);
    return;
  }
  hold(isOwn(leader), 'a deposed controller writes nothing', () => `${writer} writes ${records.map((r) => r.key)}`);
}

function checkWorker(
  before: StoreImage,
  records: readonly LogRecord[],
  { writer }: Signature,
  isOwn: (entry: ImageEntry | undefined) => boolean,
): void {
  const claims = records.some(({ key, entry }) => parseJobKey(key)?.queue === 'working' && entry !== null);
  if (claims) return;
  const owned = before.idsIn('working').filter((jobId) => isOwn(before.entryOf('working', jobId)));
  const ownedPaths = new Set(owned.map((jobId) => pathOfJob(jobId)));
  for (const { key } of records) {
    const jobKey = parseJobKey(key);
    const resource = parseResourceKey(key);
    const isFree = jobKey === null && resource === null;
    const isCovered =
      (jobKey !== null && owned.includes(jobKey.jobId)) ||
      (resource !== null && ownedPaths.has(`${resource.url}/${resource.id}`));
    hold(isFree || isCovered, 'a lost claim writes nothing', () => `${writer} writes ${key} without its claim`);
  }
}
