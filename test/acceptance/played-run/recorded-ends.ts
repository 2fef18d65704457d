import { listOf, objectOf, readJson } from '../../schema/recordings.ts';

/** A resource of a recorded run, as it was in the end. */
export interface RecordedEnd {
  readonly type: string;
  /** Of its collection. */
  readonly url: string;
  readonly id: string;
  /** Whether a client asked for it. */
  readonly isAskedFor: boolean;
  /** Undefined: it has none. */
  readonly status: string | undefined;
  readonly version: number;
}

/** All resources of a run but its templates, in the order in which they came to be; from its `chains.json`. */
export function recordedEnds(run: string): readonly RecordedEnd[] {
  return listOf(readJson(run, 'chains.json')).map((value) => {
    const { type, prefix, plural, id, config, gohan, created_by: createdBy } = objectOf(value);
    const [first] = listOf(config).map(objectOf);
    const last = objectOf(listOf(config).at(-1));
    const changes = listOf(gohan).map(objectOf);
    // Last what it changed to, else what it was made with.
    const { to: status } = changes.findLast(({ what, to }) => what === 'status' && to !== undefined) ?? {
      to: first?.status,
    };
    return {
      type: String(type),
      url: `/${prefix}/${plural}`,
      id: String(id),
      isAskedFor: createdBy === 'client',
      status: typeof status === 'string' ? status : undefined,
      version: Number(last.version),
    };
  });
}
