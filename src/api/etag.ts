import type { Row } from '../database/index.ts';
import { kamadoError } from '../kernel/index.ts';

/** The tag of a row (RFC 9110 §8.8.3): `"<config version>.<row revision>"`. */
export function etagOf(row: Row): string {
  return `"${row.configVersion}.${row.rowRevision}"`;
}

/** The meaning of a precondition: anything that exists, or these tags. */
type Precondition = '*' | readonly EntityTag[];

interface EntityTag {
  readonly weak: boolean;
  /** The tag with its quotes. */
  readonly tag: string;
}

/** Whether If-None-Match names that tag: weak comparison (RFC 9110 §13.1.2). */
export function namesTag(header: string, etag: string): boolean {
  if (header === etag) return true;
  const condition = parse(header);
  return condition === '*' || condition.some(({ tag }) => tag === etag);
}

/**
 * Whether If-Match holds for a row, null if there is none. Strong comparison (RFC 9110 §13.1.1) of the first part only:
 * a change of status must not make a client's change fail.
 */
function namesVersion(header: string, row: Row | null): boolean {
  const condition = parse(header);
  if (condition === '*') return row !== null;
  return row !== null && condition.some(({ weak, tag }) => !weak && versionIn(tag) === row.configVersion);
}

/** The single config version that an If-Match asks for; null if it asks for something else. */
export function singleVersion(header: string): number | null {
  const condition = parse(header);
  const [first] = condition;
  return condition !== '*' && condition.length === 1 && typeof first === 'object' && !first.weak
    ? versionIn(first.tag)
    : null;
}

/**
 * Refuses a change whose preconditions don't hold for the current row.
 * @throws VERSION_CONFLICT
 */
export function checkPreconditions(
  { ifMatch, ifNoneMatch }: Preconditions,
  { type, id }: { readonly type: string; readonly id: string },
  row: Row | null,
): void {
  const holds =
    (ifMatch === undefined || namesVersion(ifMatch, row)) &&
    (ifNoneMatch === undefined || row === null || !namesTag(ifNoneMatch, etagOf(row)));
  if (holds) return;
  const expected = ifMatch ?? `other than ${ifNoneMatch ?? ''}`;
  throw kamadoError('VERSION_CONFLICT', {
    type,
    id,
    current: row?.configVersion ?? 0,
    expected: expected.slice(0, 255),
  });
}

/** The precondition headers of a change. */
export interface Preconditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

function versionIn(tag: string): number | null {
  const [, version] = /^"(\d{1,15})(?:\.\d{1,15})?"$/.exec(tag) ?? [];
  return version === undefined ? null : Number(version);
}

/** Parses a precondition; text that isn't a tag is ignored. */
function parse(header: string): Precondition {
  if (header.trim() === '*') return '*';
  return [...header.matchAll(/(W\/)?("[^"]*")/g)].map(([, weak, tag = '']) => ({ weak: weak !== undefined, tag }));
}
