import type { Runtime } from '../kernel/index.ts';
import { propertySource, type ResourceType } from './model.ts';

/** The format that a type declares for its ids, or undefined. */
export function idFormat(type: ResourceType): string | undefined {
  const format = propertySource(type, 'id')?.format;
  return typeof format === 'string' ? format : undefined;
}

/** Returns a new id in the type's format. */
export function newId(runtime: Pick<Runtime, 'uuid'>, type: ResourceType): string {
  const uuid = runtime.uuid();
  return idFormat(type)?.startsWith('non-hyph-uuid') ? uuid.replaceAll('-', '') : uuid;
}
