import { type Fault, type JsonObject, kamadoError, limits } from '../kernel/index.ts';

/** A place in a file: line and column, from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** A schema with its place, for faults. */
export interface SchemaDocument {
  readonly file: string;
  /** JSON pointer of the schema inside the file. */
  readonly pointer: string;
  readonly document: JsonObject;
  /** The position in the file of a pointer inside the document. null if it isn't known. */
  readonly positionOf?: (pointer: string) => Position | null;
}

/** One fault or warning of a catalogue's files: the file, the place in it, and the schema or row if it is known. */
export interface FileFault {
  readonly file: string;
  readonly position: Position | null;
  readonly schema: string | null;
  readonly pointer: string;
  readonly reason: string;
}

/** A fault in one line: file, line, column, pointer, schema and reason. */
export function faultText({ file, position, schema, pointer, reason }: FileFault): string {
  const owner = schema === null ? '' : ` (${schema})`;
  const at = pointer === '' ? '' : `#${pointer}`;
  return `${file}${position === null ? '' : `:${position.line}:${position.column}`}${at}${owner}: ${reason}`;
}

/** Returns SCHEMA_INVALID with all faults, one line for each. */
export function schemaInvalid(faults: readonly FileFault[]): Error {
  return faultsError('SCHEMA_INVALID', faults);
}

/** Returns an error with all faults of a kind of files, one line for each. */
export function faultsError(code: 'SCHEMA_INVALID' | 'EXAMPLES_INVALID', faults: readonly FileFault[]): Error {
  const lines = faults.map(faultText);
  const more = lines.length - limits.listedFaults;
  const listed = more > 0 ? [...lines.slice(0, limits.listedFaults), `and ${more} more`] : lines;
  const details: readonly Fault[] = faults.map(({ pointer }, i) => ({ pointer, reason: lines[i] ?? '' }));
  return kamadoError(
    code,
    { count: faults.length, faults: listed.join('\n') },
    { faults: details.slice(0, limits.listedFaults) },
  );
}
