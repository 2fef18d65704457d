import { errorText, type Json, type JsonObject } from '../kernel/index.ts';
import { type BoundParameters, noParameters } from './bind-parameters.ts';
import { checkCircles } from './circles.ts';
import { HotFault, invalidHot, isHotFault } from './hot-fault.ts';
import { PropertyFault, typedProperties } from './properties.ts';
import { type ResourceReference, referencesIn } from './references.ts';
import { type FunctionScope, resolveFunctions } from './resolve.ts';
import type { ResourceTypeSchema } from './resource-type.ts';
import type { HotTemplate, ResourceDefinition } from './template.ts';

/** The known resource types, by name. */
type ResourceTypes = ReadonlyMap<string, ResourceTypeSchema>;

/** A template that is checked. */
interface Checked {
  readonly template: HotTemplate;
  readonly types: ResourceTypes;
  readonly scope: FunctionScope;
}

/** Checks a template and its parameters against the known resource types, in Heat's order. Throws HotFault. */
export function validateTemplate(template: HotTemplate, { values }: BoundParameters, types: ResourceTypes): void {
  const scope: FunctionScope = {
    parameter: (name) => values.get(name),
    reference: (name) => name,
    attribute: () => null,
  };
  const checked: Checked = { template, types, scope };
  for (const resource of template.resources.values()) checkReferences(template, resource);
  checkCircles(template);
  for (const resource of template.resources.values()) checkResource(checked, resource);
  for (const { name, value } of template.outputs) {
    for (const reference of referencesIn(value)) checkAttribute(checked, reference, `outputs.${name}.value`);
  }
}

function typeOf({ types }: Checked, { type }: ResourceDefinition): ResourceTypeSchema {
  const known = types.get(type);
  if (known === undefined) throw invalidHot(`The Resource Type (${type}) could not be found.`);
  return known;
}

function checkReferences({ resources }: HotTemplate, definition: ResourceDefinition): void {
  const { name, properties, requires } = definition;
  const inProperties = Object.entries(properties).flatMap(([property, value]) =>
    referencesIn(value).map(({ resource }) => ({ resource, place: `${name}.Properties.${property}` })),
  );
  for (const { resource, place } of [...inProperties, ...requires.map((other) => ({ resource: other, place: name }))]) {
    if (resources.has(resource)) continue;
    throw new HotFault('reference', `The specified reference "${resource}" (in ${place}) is incorrect.`);
  }
}

function checkResource(checked: Checked, definition: ResourceDefinition): void {
  const type = typeOf(checked, definition);
  const place = `resources.${definition.name}.properties`;
  const properties: { [name: string]: Json } = {};
  for (const [property, value] of Object.entries(definition.properties)) {
    for (const reference of referencesIn(value)) checkAttribute(checked, reference, `${place}.${property}`);
    properties[property] = resolved(value, checked.scope, `${place}.${property}`);
  }
  const typed = checkProperties(type, properties, place);
  type.validate?.(typed, (nested) => validateTemplate(nested, noParameters, checked.types));
}

function checkAttribute(checked: Checked, { resource, attribute }: ResourceReference, place: string): void {
  const definition = checked.template.resources.get(resource);
  if (definition === undefined) {
    throw invalidHot(`${place}.get_attr: The specified reference "${resource}" (in unknown) is incorrect.`);
  }
  const { attributes } = typeOf(checked, definition);
  if (attribute === null || attributes === null || attributes.includes(attribute) || attribute === 'show') return;
  throw invalidHot(`${place}.get_attr: The Referenced Attribute (${resource} ${attribute}) is incorrect.`);
}

function resolved(value: Json, scope: FunctionScope, place: string): Json {
  try {
    return resolveFunctions(value, scope);
  } catch (error) {
    if (!isHotFault(error, 'function')) throw error;
    throw invalidHot(`Property error: ${place}: ${errorText(error)}`);
  }
}

function checkProperties({ schemas }: ResourceTypeSchema, properties: JsonObject, place: string): JsonObject {
  try {
    return typedProperties(schemas(properties), properties);
  } catch (error) {
    if (!(error instanceof PropertyFault)) throw error;
    throw invalidHot(`Property error: ${place}${error.place}: ${error.message}`);
  }
}
