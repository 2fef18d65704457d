import { isJsonObject, type Json, type JsonObject, jsonEqual } from '../../kernel/index.ts';
import { familyPrefix } from '../../records/index.ts';
import type { ResourceType } from '../../schema/index.ts';
import { type Difference, differences, type IsSecret } from '../differences.ts';
import type { Comparison } from '../replay-report.ts';
import { secretProperties } from '../secret-properties.ts';
import type { Answer } from './api-world.ts';
import type { Place, VersionPair, VersionWrite } from './config-ledger.ts';
import type { Names } from './names.ts';
import type { RecordedRequest } from './recorded-requests.ts';

/** The families that a replay of the API compares. */
export const apiFamilies = ['requests', 'configs', 'order', 'resources', 'reports'] as const;
export type ApiFamily = (typeof apiFamilies)[number];
export type ApiComparison = Comparison & { readonly family: ApiFamily };

/** The context of comparisons: the names, and the secrets. */
export interface ComparisonContext {
  readonly names: Names;
  /** The type that is served at a URL, else the recorded one. */
  readonly typeAt: (url: string) => ResourceType | undefined;
}

const FIRST_ERROR = 400;

/** A recorded request, and its answer here. */
export interface Answered {
  readonly family: 'requests' | 'resources';
  readonly request: RecordedRequest;
  readonly answer: Answer;
  /** The step of the scenario. */
  readonly step: number;
}

/** Compares the answer to a request with the recorded one: the error of a refusal, else the body. */
export function answerComparison(
  { family, request, answer, step }: Answered,
  { names, typeAt }: ComparisonContext,
): ApiComparison {
  const { method, path, file, line, status, response } = request;
  const expected = status >= FIRST_ERROR ? errorOf(response) : response;
  const given = answer.status >= FIRST_ERROR ? errorOf(answer.body) : answer.body;
  const recorded = { status, ...(expected === null ? {} : { body: expected }) };
  const ours = names.toRecorded({ status: answer.status, ...(expected === null ? {} : { body: given }) });
  return {
    family,
    index: line,
    order: step,
    file,
    subject: `${method} ${path}`,
    differences: differences(recorded, ours, secretsIn(typeAt, path, response)),
    recorded: true,
    excuse: null,
  };
}

/** The error of a refusal that clients receive; null if there is none. */
function errorOf(body: Json): Json {
  return isJsonObject(body) && body.error !== undefined ? { error: body.error } : null;
}

/** Secrets of a resource in its envelope. */
function secretsIn(typeAt: ComparisonContext['typeAt'], path: string, response: JsonObject | null): IsSecret {
  const [collection = ''] = path.split('?');
  const type = typeAt(collection) ?? typeAt(collection.slice(0, collection.lastIndexOf('/')));
  const [singular = ''] = Object.keys(response ?? {});
  return secretProperties(type, `/body/${singular}`);
}

/** Compares a version of a resource. */
export function versionComparison(
  { recorded, ours }: VersionPair,
  { names, typeAt }: ComparisonContext,
  excuse: (missing: VersionWrite) => string | null,
): ApiComparison {
  const write = recorded ?? ours;
  const subject = write === undefined ? '' : subjectOf(write, names);
  const isSecret = secretProperties(typeAt(write?.url ?? ''), '/body');
  const own = ours === undefined ? undefined : names.toRecorded(ours.value);
  return {
    family: 'configs',
    ...(write?.place ?? { index: 0, order: 0 }),
    subject,
    differences: differences(recorded?.value, own, isSecret),
    recorded: recorded !== undefined,
    excuse: recorded === undefined && ours !== undefined ? excuse(ours) : null,
  };
}

/** The recorded key of a write, and the version. */
function subjectOf({ url, id, version }: VersionWrite, names: Names): string {
  const key = `${familyPrefix('config').slice(0, -1)}${url}/${names.toRecorded(id)}`;
  return version === 'deleted' ? `${key}, deleted` : `${key}, version ${version}`;
}

/** Compares the order of the writes that follow from one step, if there are several. */
export function orderComparisons(pairs: readonly VersionPair[], names: Names): readonly ApiComparison[] {
  const bySteps = new Map<number, { readonly recorded: VersionWrite; readonly ours: VersionWrite }[]>();
  for (const { recorded, ours } of pairs) {
    if (recorded === undefined || ours === undefined) continue;
    bySteps.set(ours.place.order, [...(bySteps.get(ours.place.order) ?? []), { recorded, ours }]);
  }
  return [...bySteps.values()].flatMap((written) => {
    const [first] = written;
    if (first === undefined || written.length < 2) return [];
    return [orderComparison(first.ours.place, written, names)];
  });
}

function orderComparison(
  place: Place,
  written: readonly { readonly recorded: VersionWrite; readonly ours: VersionWrite }[],
  names: Names,
): ApiComparison {
  const inOrder = (side: 'recorded' | 'ours'): Json =>
    [...written].sort((a, b) => a[side].order - b[side].order).map(({ recorded }) => subjectOf(recorded, names));
  const [recorded, planned] = [inOrder('recorded'), inOrder('ours')];
  const found: readonly Difference[] = jsonEqual(recorded, planned) ? [] : [{ pointer: '', recorded, planned }];
  return {
    family: 'order',
    ...place,
    subject: `the order of ${written.length} writes under /config`,
    differences: found,
    recorded: true,
    excuse: null,
  };
}

/** Compares the outcome of a worker's or collector's report; null: accepted. */
export function reportComparison(place: Place, key: string, refusal: string | null): ApiComparison {
  return {
    family: 'reports',
    ...place,
    subject: key,
    differences: refusal === null ? [] : [{ pointer: '', recorded: 'taken', planned: refusal }],
    recorded: true,
    excuse: null,
  };
}
