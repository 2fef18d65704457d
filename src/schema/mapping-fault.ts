import { kamadoError } from '../kernel/index.ts';

/** Where the parser stands: the name of the whole, the JSON pointer inside it, and how deep that is. */
export interface MappingPlace {
  readonly name: string;
  readonly pointer: string;
  readonly depth: number;
}

/** Makes MAPPING_INVALID; the offset counts the characters of a string from 0. */
export function mappingFault(place: MappingPlace, reason: string, offset?: number): Error {
  const where = offset === undefined ? reason : `character ${offset}: ${reason}`;
  const at = place.pointer === '' ? place.name : `${place.name}#${place.pointer}`;
  return kamadoError(
    'MAPPING_INVALID',
    { place: at, reason: where },
    { faults: [{ pointer: place.pointer, reason: where }] },
  );
}
