import { type JsonObject, kamadoError, limits } from '../kernel/index.ts';
import { withDefaults } from './defaults.ts';
import { isValidId } from './ids.ts';
import { type Model, propertySource, type ResourceType } from './model.ts';
import { partialSchema, validationSchema } from './property-schema.ts';
import { type SchemaCheck, SchemaCompiler } from './schema-compiler.ts';
import { faultOf, validationFailed } from './validation-faults.ts';

/** The validator of client input against the types of a model. */
export interface Validator {
  /**
   * Checks the body of a new resource, and adds defaults. An id of '' counts as absent.
   * @throws VALIDATION_FAILED with a JSON pointer for each fault
   */
  readonly create: (type: ResourceType, body: JsonObject) => { readonly body: JsonObject };
  /**
   * Checks a change of a resource that is to be merged.
   * @throws VALIDATION_FAILED with a JSON pointer for each fault
   */
  readonly update: (type: ResourceType, patch: JsonObject) => JsonObject;
}

/** Returns a validator for the types of a model. Each type is compiled on first use. */
export function createValidator(model: Model): Validator {
  const compiler = new SchemaCompiler();
  const compiled = new Map<string, SchemaCheck>();
  const compiledFor = (type: ResourceType, action: Action): SchemaCheck => {
    const key = `${action} ${type.id}`;
    const known = compiled.get(key);
    if (known !== undefined) return known;
    if (model.types.get(type.id) !== type) throw kamadoError('TYPE_UNKNOWN', { type: type.id });
    const made = compiler.compile(action === 'create' ? createSchema(type) : updateSchema(type));
    compiled.set(key, made);
    return made;
  };
  return {
    create: (type, body) => {
      const given = body.id === '' ? withoutKey(body, 'id') : body;
      check(type, 'create', given, compiledFor(type, 'create'));
      return { body: withDefaults(type, given) };
    },
    update: (type, patch) => {
      check(type, 'update', patch, compiledFor(type, 'update'));
      return patch;
    },
  };
}

/** The operation that a client requests. */
type Action = 'create' | 'update';

function check(type: ResourceType, action: Action, body: JsonObject, errorsOf: SchemaCheck): void {
  const faults = errorsOf(withoutDerivedNulls(type, body)).flatMap((error) => faultOf(error, type, action));
  if (typeof body.id === 'string' && !isValidId(body.id)) {
    faults.push({
      pointer: '/id',
      reason: `Does not match: 1 to ${limits.idLength} of A-Z a-z 0-9 . _ ~ -, not . or ..`,
    });
  }
  if (faults.length > 0) throw validationFailed(type, faults);
}

/** Removes nulls that are allowed because the property is `nullable`, not by the property's type. */
function withoutDerivedNulls(type: ResourceType, body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).filter(([name, value]) => {
      if (value !== null || type.property.get(name)?.nullable !== true) return true;
      const declared = propertySource(type, name)?.type;
      return Array.isArray(declared) && declared.includes('null');
    }),
  );
}

function createSchema(type: ResourceType): JsonObject {
  const creatable = type.properties.filter((property) => property.creatable).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(creatable.map((name) => [name, validationSchema(propertySource(type, name) ?? {})])),
    required: type.required.filter((name) => creatable.includes(name)),
    additionalProperties: false,
  };
}

function updateSchema(type: ResourceType): JsonObject {
  const updatable = type.properties.filter((property) => property.updatable).map(({ name }) => name);
  return {
    type: 'object',
    properties: Object.fromEntries(updatable.map((name) => [name, partialSchema(propertySource(type, name) ?? {})])),
    additionalProperties: false,
  };
}

function withoutKey(body: JsonObject, key: string): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== key));
}
