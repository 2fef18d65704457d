import { pointerPart } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import type { IsSecret } from './differences.ts';

/** Returns the test for secret values, if the properties of a type are at a pointer. */
export function secretProperties(type: ResourceType | undefined, at: string): IsSecret {
  const secret = new Set(
    (type?.properties ?? []).filter((property) => property.secret).map(({ name }) => `${at}/${pointerPart(name)}`),
  );
  return (pointer) => secret.has(pointer);
}
