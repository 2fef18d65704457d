import type { Json, JsonObject } from '../../src/kernel/index.ts';
import type { HeatStack } from './heat-stack.ts';
import type { ResourceType } from './resource-types.ts';

/** What was done last to a resource. */
export type ResourceAction = 'INIT' | 'CREATE' | 'UPDATE' | 'DELETE';

/** How far that is. */
export type Progress = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** A resource of a stack; one that was replaced is another. */
export interface HeatResource {
  readonly name: string;
  readonly typeName: string;
  readonly type: ResourceType;
  /** What it stands on: it goes before them. */
  requires: readonly string[];
  /** As it has them now. */
  properties: JsonObject;
  /** What it is called outside its stack, and mostly its id. */
  readonly physicalName: string;
  /** null until there is something. */
  physicalId: string | null;
  /** What its type keeps. */
  value: Json;
  /** The stack that it is made of, where it is. */
  nested: HeatStack | null;
  action: ResourceAction;
  status: Progress;
  reason: string;
  readonly createdMs: number;
  updatedMs: number;
  /** Work that is under way; never rejects. */
  busy: Promise<void> | null;
}

/** A resource as Heat names it in its messages. */
export function describe({ name, typeName, physicalId }: HeatResource, stack: HeatStack): string {
  const id = physicalId === null ? '' : ` [${physicalId}]`;
  return `${typeName.split('::').at(-1)} "${name}"${id} Stack "${stack.identity.name}" [${stack.id}]`;
}
