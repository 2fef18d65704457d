import { lookUp, type PropertySchema } from '../../src/hot/index.ts';
import type { Json, JsonObject } from '../../src/kernel/index.ts';
import type { HeatResource, ResourceType, Work } from './heat-stack.ts';
import { ResourceFailure } from './resource-failure.ts';
import { resourceGroup } from './resource-group.ts';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const DEFAULT_LENGTH = 32;

/** The usual behaviour of types. */
const plain = {
  isReplaced: () => false,
  create: async (resource: HeatResource) => {
    resource.physicalId = resource.physicalName;
  },
  update: async () => {},
  delete: async () => {},
  reference: ({ name, physicalId }: HeatResource) => physicalId ?? name,
};

const none: ResourceType = {
  ...plain,
  schemas: () => null,
  attributes: null,
  create: async (resource, _properties, { runtime }) => {
    resource.physicalId = runtime.uuid();
  },
  reference: ({ name }) => name,
  attribute: () => null,
};

const valueTypes: ReadonlyMap<Json, PropertySchema['type']> = new Map<Json, PropertySchema['type']>([
  ['string', 'string'],
  ['number', 'number'],
  ['boolean', 'boolean'],
  ['comma_delimited_list', 'list'],
  ['json', 'map'],
]);

const value: ResourceType = {
  ...plain,
  schemas: ({ type }) => ({
    type: { type: 'string', isUpdatable: true },
    value: { type: valueTypes.get(type ?? null) ?? 'any', isRequired: true, isUpdatable: true },
  }),
  attributes: ['value'],
  reference: ({ name }) => name,
  attribute: ({ properties }, [attribute, ...path]) =>
    attribute === 'value' ? lookUp(properties.value ?? null, path) : null,
};

const randomString: ResourceType = {
  ...plain,
  schemas: () => ({
    length: { type: 'number', default: DEFAULT_LENGTH },
    sequence: { type: 'string' },
    character_classes: { type: 'list' },
    character_sequences: { type: 'list' },
    salt: { type: 'string' },
  }),
  attributes: ['value'],
  create: async (resource, { length }, { runtime }) => {
    resource.physicalId = resource.physicalName;
    const letters = Array.from({ length: Number(length) }, () => LETTERS[runtime.randomInteger(LETTERS.length)]);
    resource.value = letters.join('');
  },
  reference: ({ value: text }) => text,
  attribute: ({ value: text }, [attribute]) => (attribute === 'value' ? text : null),
};

/** Heat's own resource for tests: it fails, waits and is replaced according to its properties. */
const testResource: ResourceType = {
  ...plain,
  schemas: () => ({
    value: { type: 'string', default: 'test_string', isUpdatable: true },
    fail: { type: 'boolean', default: false, isUpdatable: true },
    wait_secs: { type: 'number', default: 0, isUpdatable: true },
    action_wait_secs: { type: 'map', isUpdatable: true },
    update_replace: { type: 'boolean', default: false, isUpdatable: true },
    update_replace_value: { type: 'string' },
    attr_wait_secs: { type: 'number', default: 0, isUpdatable: true },
    constraint_prop_secs: { type: 'number', default: 0, isUpdatable: true },
    client_name: { type: 'string', default: '', isUpdatable: true },
    entity_name: { type: 'string', default: '', isUpdatable: true },
  }),
  attributes: ['output'],
  isReplaced: (changed, { update_replace }) => changed.includes('value') && update_replace === true,
  create: async (resource, properties, work) => {
    if (properties.fail !== true) {
      resource.physicalId = resource.physicalName;
      resource.value = properties.value ?? null;
    }
    await effort(resource, properties, work);
  },
  update: async (resource, properties, work) => {
    const isChanged = properties.value !== resource.properties.value;
    if (isChanged && properties.fail !== true) resource.value = properties.value ?? null;
    await effort(resource, isChanged ? properties : { ...properties, wait_secs: 0, action_wait_secs: null }, work);
  },
  delete: (resource, work) => effort(resource, { ...resource.properties, fail: false }, work),
  attribute: ({ value: text }, [attribute]) => (attribute === 'output' ? text : null),
};

async function effort({ name }: HeatResource, properties: JsonObject, { action, wait }: Work): Promise<void> {
  const ofAction = lookUp(properties.action_wait_secs ?? null, [action.toLowerCase()]);
  const seconds = Number(ofAction ?? properties.wait_secs ?? 0);
  await wait(seconds < 0 ? null : seconds * 1_000);
  if (properties.fail === true) throw new ResourceFailure('ValueError', [name], `Test Resource failed ${name}`);
}

/** The types of the double, by name. */
export const resourceTypes: ReadonlyMap<string, ResourceType> = new Map([
  ['OS::Heat::None', none],
  ['OS::Heat::Value', value],
  ['OS::Heat::RandomString', randomString],
  ['OS::Heat::TestResource', testResource],
  ['OS::Heat::ResourceGroup', resourceGroup],
]);
