import type { HeatResource, HeatStack } from './heat-stack.ts';

/** Returns the form of a resource in Heat's messages. */
export function describe({ name, typeName, physicalId }: HeatResource, stack: HeatStack): string {
  const id = physicalId === null ? '' : ` [${physicalId}]`;
  return `${typeName.split('::').at(-1)} "${name}"${id} Stack "${stack.identity.name}" [${stack.id}]`;
}
