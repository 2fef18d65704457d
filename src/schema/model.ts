import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { Behaviour } from './behaviour/behaviour.ts';
import type { Value } from './behaviour/value.ts';
import type { Mapping } from './mapping.ts';
import type { Projection } from './projection.ts';
import { isSecretName } from './secrets/secret-names.ts';
import type { StatusMachine } from './status-machine.ts';

/** The JSON kind of a property, without null. */
export type PropertyKind = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'array';

/** A property of a resource type, as the schema language says it (compatibility L2), with everything derived. */
export interface Property {
  readonly name: string;
  readonly kind: PropertyKind;
  /** Whether null is a value: the type says so, or it is neither required nor has a default. */
  readonly nullable: boolean;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly unique: boolean;
  readonly indexed: boolean;
  /** Never printed: `secret: true` in the schema, or a name that says so where the schema is silent. */
  readonly secret: boolean;
  /** The default, or undefined. */
  readonly default: Json | undefined;
  /** Evaluated on create where the body lacks the property: a value that the server computes; or null. */
  readonly initial: Value | null;
  /** Left out of bodies where it has no value. */
  readonly sparse: boolean;
  /** The id of the type whose rows this refers to, or null. A real foreign key. */
  readonly relation: string | null;
  /** The id of the type whose ids the list holds (`items.relation`), or null. Such resources can't be deleted. */
  readonly listRelation: string | null;
  /** The key under which lists and GETs join the related row, or null. */
  readonly relationProperty: string | null;
  readonly onDeleteCascade: boolean;
}

/** A handler that works on a type, in order, and how the id of its template is found (compatibility L7). */
export interface HandlerBinding {
  readonly handler: string;
  readonly template: Mapping;
  /** Null: a job that fails has failed. */
  readonly retry: HandlerRetry | null;
  readonly stateForm: StateForm;
}

/** What a handler says in a resource's state: `orchestration_state` since 2018 (compatibility S3). */
export type StateForm = '2017' | '2018';

/** How a job is tried again whose handler failed: each pause is twice the one before. */
export interface HandlerRetry {
  /** How often it is tried again at most. */
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
  /** How it is written, where not to /config in the usual form; then nothing works on it. */
  readonly projection: Projection | null;
  /** Has versions and takes states: `state_versioning`. */
  readonly versioned: boolean;
  /** DELETE marks, and the row goes when the workers are done. */
  readonly twoStepDeletion: boolean;
  /** In propertiesOrder, then id, relations, the rest by name. Always holds `id`. */
  readonly properties: readonly Property[];
  readonly property: ReadonlyMap<string, Property>;
  readonly required: readonly string[];
  /** Columns that are unique together. */
  readonly uniqueTogether: readonly (readonly string[])[];
  /** Empty: the type is non-workable, reading is all that is done. */
  readonly handlers: readonly HandlerBinding[];
  readonly statusMachine: StatusMachine | null;
  readonly behaviour: Behaviour;
  /** The schema as it is served: inheritance merged, URL as prefix. */
  readonly document: JsonObject;
}

/** A property as the schema says it; undefined where there is none. */
export function propertySource({ document: { schema } }: ResourceType, name: string): JsonObject | undefined {
  const properties = isJsonObject(schema) && isJsonObject(schema.properties) ? schema.properties : {};
  const source = Object.hasOwn(properties, name) ? properties[name] : undefined;
  return isJsonObject(source) ? source : undefined;
}

/** The properties of a type that refer to another resource. */
export function relationNames({ properties }: Pick<ResourceType, 'properties'>): readonly string[] {
  return properties.filter(({ relation }) => relation !== null).map(({ name }) => name);
}

/** Which type a field of a type refers to, as mappings ask. */
export function relationsOf({ types }: Pick<Model, 'types'>): (type: string, field: string) => string | null {
  return (type, field) => types.get(type)?.property.get(field)?.relation ?? null;
}

/** Whether a field of a type is secret, as mappings ask; of what isn't known, the name decides. */
export function secretsIn({ types }: Pick<Model, 'types'>): (type: string, field: string) => boolean {
  return (type, field) => types.get(type)?.property.get(field)?.secret ?? isSecretName(field);
}

/** A relation seen from its target: who refers to a type, and by which field. */
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
  /** Type id → who refers to it by a top-level relation. */
  readonly referrers: ReadonlyMap<string, readonly Referrer[]>;
  /** What `compileModel` makes this model of again, in another process. */
  readonly documents: readonly JsonObject[];
  /** Things that were mended on loading, as the original had them (compatibility L4). */
  readonly warnings: readonly string[];
}
