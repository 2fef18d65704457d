import { emptyTemplate, type HotTemplate, lookUp, type ResourceDefinition } from '../../src/hot/index.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/index.ts';
import type { ResourceType } from './heat-stack.ts';

const INDEX = '%index%';

/** OS::Heat::ResourceGroup: a nested stack of equal resources, named by their numbers. */
export const resourceGroup: ResourceType = {
  schemas: () => ({
    count: { type: 'number', default: 1, isUpdatable: true },
    resource_def: { type: 'map', isRequired: true, isUpdatable: true },
    index_var: { type: 'string', default: INDEX },
  }),
  attributes: null,
  isReplaced: () => false,
  isMended: true,
  validate: (properties, check) => check(templateOf(properties)),
  create: (_resource, properties, work) => work.nest(templateOf(properties)),
  update: (_resource, properties, work) => work.nest(templateOf(properties)),
  delete: (_resource, work) => work.nest(null),
  reference: ({ name, physicalId }) => physicalId ?? name,
  attribute: ({ nested }, path) => (nested === null ? null : attributeOf(nested.scope(), nested.names(), path)),
};

function templateOf({ count, resource_def = null, index_var }: JsonObject): HotTemplate {
  const definition = isJsonObject(resource_def) ? resource_def : {};
  const variable = typeof index_var === 'string' ? index_var : INDEX;
  const names = Array.from({ length: Math.max(0, Number(count)) }, (_, index) => String(index));
  const resources = names.map((name): [string, ResourceDefinition] => {
    const properties = indexed(definition.properties ?? {}, variable, name);
    return [
      name,
      {
        name,
        type: typeof definition.type === 'string' ? definition.type : '',
        properties: isJsonObject(properties) ? properties : {},
        requires: [],
      },
    ];
  });
  return { ...emptyTemplate, resources: new Map(resources) };
}

function indexed(value: Json, variable: string, index: string): Json {
  if (typeof value === 'string') return value.replaceAll(variable, index);
  if (Array.isArray(value)) return value.map((item: Json) => indexed(item, variable, index));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, indexed(member, variable, index)]));
}

interface NestedScope {
  readonly reference: (resource: string) => Json;
  readonly attribute: (resource: string, path: readonly string[]) => Json;
}

/** 'refs', 'refs_map', 'attributes', 'resource.0.output', or an attribute of every resource, as a list. */
function attributeOf(scope: NestedScope, names: readonly string[], path: readonly string[]): Json {
  const [first = '', ...rest] = path;
  if (first === 'refs') return lookUp(names.map(scope.reference), rest);
  if (first === 'refs_map') return lookUp(Object.fromEntries(names.map((name) => [name, scope.reference(name)])), rest);
  if (first === 'attributes') {
    return Object.fromEntries(names.map((name) => [name, scope.attribute(name, rest)]));
  }
  if (first.startsWith('resource.')) {
    const [, name = '', ...inner] = first.split('.');
    return inner.length + rest.length === 0 ? scope.reference(name) : scope.attribute(name, [...inner, ...rest]);
  }
  return names.map((name) => scope.attribute(name, path));
}
