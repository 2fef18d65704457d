import { kamadoError } from '../kernel/index.ts';

/** The position of the parser: the name of the whole mapping, the JSON pointer inside it, and the depth. */
export interface MappingPlace {
  readonly name: string;
  readonly pointer: string;
  readonly depth: number;
}

/** Returns MAPPING_INVALID. The offset counts the characters of a string from 0. */
export function mappingFault(place: MappingPlace, reason: string, offset?: number): Error {
  const where = offset === undefined ? reason : `character ${offset}: ${reason}`;
  const at = place.pointer === '' ? place.name : `${place.name}#${place.pointer}`;
  return kamadoError(
    'MAPPING_INVALID',
    { place: at, reason: where },
    { faults: [{ pointer: place.pointer, reason: where }] },
  );
}
