import type { JsonObject } from '../kernel/index.ts';
import type { PropertySchemas } from './properties.ts';
import type { HotTemplate } from './template.ts';

/** A type of resources, for the checks of templates. */
export interface ResourceTypeSchema {
  /** The properties that it accepts. `given` may determine them. */
  readonly schemas: (given: JsonObject) => PropertySchemas;
  /** The attributes that a template may ask for; null: any. */
  readonly attributes: readonly string[] | null;
  /** Checks properties that hold a template of their own; `check` throws HotFault. */
  readonly validate?: (properties: JsonObject, check: (nested: HotTemplate) => void) => void;
}
