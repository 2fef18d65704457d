import { isJsonObject, type Json, type JsonObject, kamadoError } from '../../kernel/index.ts';
import { isSecretProperty } from '../../schema/secrets/index.ts';
import type { HttpClient } from '../http-client.ts';
import { everyItem } from './pages.ts';

/** The JSON kind of a property, without null. */
export const propertyKinds = ['string', 'integer', 'number', 'boolean', 'object', 'array'] as const;
export type PropertyKind = (typeof propertyKinds)[number];

/** A property as the served schema shows it. */
export interface ServedProperty {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly kind: PropertyKind;
  readonly creatable: boolean;
  readonly updatable: boolean;
  readonly required: boolean;
  readonly secret: boolean;
  /** The type whose rows it refers to, or null. */
  readonly relation: string | null;
  /** The name under which the related row is joined, or null. */
  readonly relationProperty: string | null;
}

/** Something that can be done with a resource, or with a type, besides changing it. */
export interface ServedAction {
  readonly name: string;
  readonly method: string;
  /** Behind the URL of the type: '/:id/reboot'. */
  readonly path: string;
  readonly description: string;
  /** Its input. */
  readonly input: readonly ServedProperty[];
  /** Members of its answer that its schema marks as secrets. */
  readonly secretOutputs: readonly string[];
}

/** A type as the server serves it. */
export interface ServedType {
  readonly id: string;
  readonly title: string;
  readonly singular: string;
  readonly plural: string;
  /** The path of its list, '/v2.0/ha_routers'. */
  readonly url: string;
  /** In the schema's order. */
  readonly properties: readonly ServedProperty[];
  readonly actions: readonly ServedAction[];
}

/** All types of a server. */
export interface ServedSchemas {
  readonly types: readonly ServedType[];
  /** @throws TYPE_UNKNOWN */
  readonly get: (id: string) => ServedType;
}

/** Reads the types of a server. @throws SERVER_REFUSED, SERVER_UNREACHABLE */
export async function readSchemas(client: HttpClient): Promise<ServedSchemas> {
  const documents = await everyItem(client, '/gohan/v0.1/schemas', 'schemas');
  const types = documents.filter(isJsonObject).map(servedType);
  return {
    types,
    get: (id) => {
      const type = types.find((candidate) => candidate.id === id);
      if (type === undefined) throw kamadoError('TYPE_UNKNOWN', { type: id });
      return type;
    },
  };
}

function servedType(document: JsonObject): ServedType {
  const schema = isJsonObject(document.schema) ? document.schema : {};
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = new Set(texts(schema.required));
  const names = new Set([...texts(schema.propertiesOrder), ...Object.keys(properties)]);
  const served: ServedProperty[] = [];
  for (const name of names) {
    const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (isJsonObject(property)) served.push(servedProperty(name, property, required.has(name)));
  }
  const id = text(document.id);
  return {
    id,
    title: text(document.title),
    singular: text(document.singular) || id,
    plural: text(document.plural),
    url: text(document.prefix),
    properties: served,
    actions: Object.entries(isJsonObject(document.actions) ? document.actions : {}).map(servedAction),
  };
}

function servedAction([name, source]: readonly [string, Json]): ServedAction {
  const action = isJsonObject(source) ? source : {};
  const input = isJsonObject(action.input) ? action.input : {};
  const required = new Set(texts(input.required));
  const properties = Object.entries(isJsonObject(input.properties) ? input.properties : {});
  const output = isJsonObject(action.output) && isJsonObject(action.output.properties) ? action.output.properties : {};
  const secretOutputs = Object.entries(output).filter(([, part]) => isJsonObject(part) && part.secret === true);
  return {
    secretOutputs: secretOutputs.map(([key]) => key),
    name,
    method: text(action.method),
    path: text(action.path),
    description: text(action.description),
    input: properties.flatMap(([key, property]) =>
      isJsonObject(property) ? servedProperty(key, property, required.has(key)) : [],
    ),
  };
}

function servedProperty(name: string, property: JsonObject, required: boolean): ServedProperty {
  const permission = texts(property.permission);
  const types = Array.isArray(property.type) ? texts(property.type) : [text(property.type)];
  return {
    name,
    title: text(property.title),
    description: text(property.description),
    kind: propertyKinds.find((kind) => types.includes(kind)) ?? 'string',
    creatable: permission.includes('create'),
    updatable: permission.includes('update'),
    required,
    secret: isSecretProperty(name, property),
    relation: text(property.relation) || null,
    relationProperty: text(property.relation_property) || null,
  };
}

function text(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

function texts(value: Json | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
