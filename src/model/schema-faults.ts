import { type Fault, kamadoError } from '../kernel/errors.ts';
import type { JsonObject } from '../kernel/json.ts';
import { limits } from '../kernel/limits.ts';

/** A schema with where it stands, for faults. */
export interface SchemaDocument {
  readonly file: string;
  /** JSON pointer of the schema inside the file. */
  readonly pointer: string;
  readonly document: JsonObject;
  /** The line of what a pointer inside the document names, from 1; null where it isn't known. */
  readonly lineOf?: (pointer: string) => number | null;
}

/** One fault of a catalogue's files: the file, the pointer inside it, the schema or row where that is known. */
export interface FileFault {
  readonly file: string;
  readonly line: number | null;
  readonly schema: string | null;
  readonly pointer: string;
  readonly reason: string;
}

/** SCHEMA_INVALID with all faults, a line for each: file, schema, pointer, reason. */
export function schemaInvalid(faults: readonly FileFault[]): Error {
  const lines = faults.map(({ file, line, schema, pointer, reason }) => {
    const owner = schema === null ? '' : ` (${schema})`;
    const at = pointer === '' ? '' : `#${pointer}`;
    return `${file}${line === null ? '' : `:${line}`}${at}${owner}: ${reason}`;
  });
  const more = lines.length - limits.listedFaults;
  const shown = more > 0 ? [...lines.slice(0, limits.listedFaults), `and ${more} more`] : lines;
  const details: readonly Fault[] = faults.map(({ pointer }, i) => ({ pointer, reason: lines[i] ?? '' }));
  return kamadoError(
    'SCHEMA_INVALID',
    { count: faults.length, faults: shown.join('\n') },
    { faults: details.slice(0, limits.listedFaults) },
  );
}
