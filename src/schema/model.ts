import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { Behaviour } from './behaviour/behaviour.ts';
import type { Value } from './behaviour/value.ts';
import type { Mapping } from './mapping.ts';
import type { Projection } from './projection.ts';
import { isSecretName } from './secrets/secret-names.ts';
import type { StatusMachine } from './status-machine.ts';

/** The JSON kind of a property, without null. */
export type PropertyKind = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';

/** A property of a resource type from the schema language (compatibility L2), with all derived facts. */
export interface Property {
  readonly name: string;
  readonly kind: PropertyKind;
  /** Whether null is a value: the type declares it, or the property is neither required nor has a default. */
  readonly nullable: boolean;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly unique: boolean;
  readonly indexed: boolean;
  /** Never printed: `secret: true` in the schema or, if the schema doesn't decide, a name that indicates a secret. */
  readonly secret: boolean;
  /** The default, or undefined. */
  readonly default: Json | undefined;
  /** The value that the server computes on create if the body lacks the property, or null. */
  readonly initial: Value | null;
  /** Left out of bodies if it has no value. */
  readonly sparse: boolean;
  /** The id of the type whose rows the property refers to, or null. A real foreign key. */
  readonly relation: string | null;
  /** The id of the type whose ids the list holds (`items.relation`), or null. Listed resources can't be deleted. */
  readonly listRelation: string | null;
  /** The key under which lists and GETs join the related row, or null. */
  readonly relationProperty: string | null;
  readonly onDeleteCascade: boolean;
}

/** A handler that works on a type, and the way to find the id of its template (compatibility L7). */
export interface HandlerBinding {
  readonly handler: string;
  readonly template: Mapping;
  /** null: the first failure fails the job. */
  readonly retry: HandlerRetry | null;
  readonly stateForm: StateForm;
}

/** The generation of handler states: those since 2018 have `orchestration_state` (compatibility S3). */
export type StateForm = '2017' | '2018';

/** The retries of a job whose handler failed: each pause is twice the one before. */
export interface HandlerRetry {
  /** The maximum number of retries. */
  readonly attempts: number;
  readonly firstDelayMs: number;
  readonly longestDelayMs: number;
}

/** A resource type: one schema, compiled. */
export interface ResourceType {
  readonly id: string;
  readonly singular: string;
  readonly plural: string;
  /** The collection's path, '/v2.0/ha_routers'; keys in the store are '/config' + url + '/' + id. */
  readonly url: string;
  /** The id of the parent type, or null; the field that holds the parent's id is `<parent>_id`. */
  readonly parent: string | null;
  /** Meta types have no routes and no table. */
  readonly routed: boolean;
  /** Written to the store; false with `nosync`. */
  readonly synced: boolean;
  /** The form in the store if it isn't the usual one under /config. Then no handler works on the type. */
  readonly projection: Projection | null;
  /** Has versions and takes states: `state_versioning`. */
  readonly versioned: boolean;
  /** Whether DELETE only marks. The row is removed when the workers are done. */
  readonly twoStepDeletion: boolean;
  /** In propertiesOrder, then id, relations, the rest by name. Always holds `id`. */
  readonly properties: readonly Property[];
  readonly property: ReadonlyMap<string, Property>;
  readonly required: readonly string[];
  /** Columns that are unique together. */
  readonly uniqueTogether: readonly (readonly string[])[];
  /** Empty: no handler works on the type, and its resources are only read. */
  readonly handlers: readonly HandlerBinding[];
  readonly statusMachine: StatusMachine | null;
  readonly behaviour: Behaviour;
  /** The schema as it is served: inheritance merged, URL as prefix. */
  readonly document: JsonObject;
}

/** The schema of a property. undefined if there is none. */
export function propertySource({ document: { schema } }: ResourceType, name: string): JsonObject | undefined {
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const source = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isJsonObject(source) ? source : undefined;
}

/** The properties of a type that refer to another resource. */
export function relationNames({ properties }: Pick<ResourceType, 'properties'>): readonly string[] {
  return properties.filter(({ relation }) => relation !== null).map(({ name }) => name);
}

/** Returns a lookup, for mappings, of the type that a field of a type refers to. */
export function relationsOf({ types }: Pick<Model, 'types'>): (type: string, field: string) => string | null {
  return (type, field) => types.get(type)?.property.get(field)?.relation ?? null;
}

/**
 * Returns a lookup, for mappings, of whether a field of a type is secret. For unknown types and fields the name
 * decides.
 */
export function secretsIn({ types }: Pick<Model, 'types'>): (type: string, field: string) => boolean {
  return (type, field) => types.get(type)?.property.get(field)?.secret ?? isSecretName(field);
}

/** A relation seen from its target: the referring type and its field. */
export interface Referrer {
  readonly type: string;
  readonly field: string;
}

/** All types of a catalogue. Immutable; another catalogue is another model. */
export interface Model {
  /** SHA-256 over the documents, hex: equal for equal catalogues. */
  readonly hash: string;
  /** By id, in the order of the files. */
  readonly types: ReadonlyMap<string, ResourceType>;
  readonly byUrl: ReadonlyMap<string, ResourceType>;
  /** Type id → the types that refer to it by a top-level relation. */
  readonly referrers: ReadonlyMap<string, readonly Referrer[]>;
  /** The documents from which `compileModel` makes the same model again, in another process. */
  readonly documents: readonly JsonObject[];
  /** Faults that were corrected on loading, as the original did (compatibility L4). */
  readonly warnings: readonly string[];
}
