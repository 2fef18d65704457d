import { isJsonObject, type Json, type JsonObject, MASK } from '../../kernel/index.ts';
import { TEMPLATE_TYPE } from '../../records/index.ts';
import { isSecretName } from '../../schema/secrets/index.ts';
import type { ServedAction, ServedSchemas, ServedType } from '../resources/schemas.ts';

/** Masks the secrets of an answer before it is printed, in every format. */
export interface Masking {
  readonly resource: (type: ServedType, resource: JsonObject) => JsonObject;
  /** The answer of an action. It was asked for: only what a schema says to be secret is masked, no name decides. */
  readonly answer: (type: ServedType, action: ServedAction, answer: Json) => Json;
}

/** Everything is printed. */
export const noMasking: Masking = {
  resource: (_type, resource) => resource,
  answer: (_type, _action, answer) => answer,
};

/**
 * Secrets are masked: properties that their schemas mark, also those of resources that are joined, and whatever else is
 * called like a secret.
 */
export function maskingBy(schemas: ServedSchemas): Masking {
  const types = new Map(schemas.types.map((type) => [type.id, type]));
  const joined = (type: ServedType, name: string): ServedType | undefined => {
    const relation = type.properties.find((one) => one.relationProperty === name)?.relation;
    return types.get(relation ?? '');
  };
  const resource = (type: ServedType, body: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(body).map(([name, value]) => {
        if (isSecretOf(type, name)) return [name, hidden(value)];
        const related = joined(type, name);
        if (related !== undefined && isJsonObject(value)) return [name, resource(related, value)];
        // The mappings of a template say where values come from, and hold none.
        return [name, type.id === TEMPLATE_TYPE ? value : masked(value, isSecretName)];
      }),
    );
  return {
    resource,
    answer: ({ properties }, { secretOutputs }, answer) => {
      const secrets = [...properties.filter(({ secret }) => secret).map(({ name }) => name), ...secretOutputs];
      return masked(answer, (name) => secrets.includes(name));
    },
  };
}

function isSecretOf(type: ServedType, name: string): boolean {
  return type.properties.find((property) => property.name === name)?.secret ?? isSecretName(name);
}

function masked(value: Json, isSecret: (name: string) => boolean): Json {
  if (Array.isArray(value)) return value.map((part: Json) => masked(part, isSecret));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [name, isSecret(name) ? hidden(part) : masked(part, isSecret)]),
  );
}

function hidden(value: Json): Json {
  return value === null || value === '' ? value : MASK;
}
