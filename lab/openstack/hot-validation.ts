import { errorText } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { HeatError, validationFailed } from './heat-error.ts';
import { FunctionFault, resolve, type Scope } from './hot-functions.ts';
import type { Parameters } from './hot-parameters.ts';
import { type Reference, type ResourceDefinition, referencesIn, type Template } from './hot-template.ts';
import { PropertyFault, typedProperties } from './resource-properties.ts';
import { type ResourceType, resourceTypes } from './resource-types.ts';

/** Looks through a template as Heat does before it takes it. Throws as Heat refuses. */
export function validateTemplate(template: Template, { values }: Parameters): void {
  const scope: Scope = {
    parameter: (name) => values.get(name),
    reference: (name) => name,
    attribute: () => null,
  };
  for (const resource of template.resources.values()) checkReferences(template, resource);
  checkCircles(template);
  for (const resource of template.resources.values()) checkResource(template, resource, scope);
  for (const { name, value } of template.outputs) {
    for (const reference of referencesIn(value)) checkAttribute(template, reference, `outputs.${name}.value`);
  }
}

function typeOf({ type }: ResourceDefinition): ResourceType {
  const known = resourceTypes.get(type);
  if (known === undefined) throw validationFailed(`The Resource Type (${type}) could not be found.`);
  return known;
}

function checkReferences({ resources }: Template, definition: ResourceDefinition): void {
  const { name, properties, requires } = definition;
  const inProperties = Object.entries(properties).flatMap(([property, value]) =>
    referencesIn(value).map(({ resource }) => ({ resource, place: `${name}.Properties.${property}` })),
  );
  for (const { resource, place } of [...inProperties, ...requires.map((other) => ({ resource: other, place: name }))]) {
    if (!resources.has(resource)) throw invalidReference(resource, place);
  }
}

function invalidReference(resource: string, place: string): HeatError {
  const message = `The specified reference "${resource}" (in ${place}) is incorrect.`;
  return new HeatError(400, 'InvalidTemplateReference', message);
}

function checkCircles({ resources }: Template): void {
  const left = new Map([...resources].map(([name, { requires }]) => [name, new Set(requires)]));
  for (;;) {
    const free = [...left].filter(([, requires]) => requires.size === 0).map(([name]) => name);
    if (free.length === 0) break;
    for (const name of free) left.delete(name);
    for (const requires of left.values()) for (const name of free) requires.delete(name);
  }
  if (left.size === 0) return;
  const described = (name: string) => `${resources.get(name)?.type.split('::').at(-1)} "${name}"`;
  const circle = [...left].map(
    ([name, requires]) => `${described(name)}: {${[...requires].map(described).join(', ')}}`,
  );
  throw new HeatError(500, 'CircularDependencyException', `Circular Dependency Found: {${circle.join(', ')}}`);
}

function checkResource(template: Template, definition: ResourceDefinition, scope: Scope): void {
  const type = typeOf(definition);
  const place = `resources.${definition.name}.properties`;
  const properties: { [name: string]: Json } = {};
  for (const [property, value] of Object.entries(definition.properties)) {
    for (const reference of referencesIn(value)) checkAttribute(template, reference, `${place}.${property}`);
    properties[property] = resolved(value, scope, `${place}.${property}`);
  }
  const typed = checkProperties(type, properties, place);
  type.validate?.(typed, (nested) => validateTemplate(nested, { values: new Map(), shown: {} }));
}

function checkAttribute({ resources }: Template, { resource, attribute }: Reference, place: string): void {
  const definition = resources.get(resource);
  if (definition === undefined) {
    throw validationFailed(`${place}.get_attr: The specified reference "${resource}" (in unknown) is incorrect.`);
  }
  const { attributes } = typeOf(definition);
  if (attribute === null || attributes === null || attributes.includes(attribute) || attribute === 'show') return;
  throw validationFailed(`${place}.get_attr: The Referenced Attribute (${resource} ${attribute}) is incorrect.`);
}

function resolved(value: Json, scope: Scope, place: string): Json {
  try {
    return resolve(value, scope);
  } catch (error) {
    if (!(error instanceof FunctionFault)) throw error;
    throw validationFailed(`Property error: ${place}: ${errorText(error)}`);
  }
}

function checkProperties({ schemas }: ResourceType, properties: JsonObject, place: string): JsonObject {
  try {
    return typedProperties(schemas(properties), properties);
  } catch (error) {
    if (!(error instanceof PropertyFault)) throw error;
    throw validationFailed(`Property error: ${place}${error.place}: ${error.message}`);
  }
}
