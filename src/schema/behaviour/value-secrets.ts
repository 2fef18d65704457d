import type { Standpoint, Types } from '../mapping-checks.ts';
import { isSecretMapping } from '../mapping-secrets.ts';
import type { Property } from '../model.ts';
import { isSecretName } from '../secrets/secret-names.ts';
import type { Value } from './value.ts';

/**
 * Returns why a property must not be given a value, or null: the value is a secret and the property isn't marked as
 * one, so that timelines, streams and logs would reveal it.
 */
export function leakOf(value: Value, model: Types, type: Standpoint, into: Property): string | null {
  if (into.secret || !isSecretValue(value, model, type)) return null;
  return `${into.name} would show a secret: mark it secret: true`;
}

/** Whether a value is or contains a secret. A condition only decides: what it reads isn't in the value. */
function isSecretValue(value: Value, model: Types, type: Standpoint): boolean {
  const isSecret = (part: Value): boolean => isSecretValue(part, model, type);
  switch (value.kind) {
    case 'mapping':
      return type !== null && isSecretMapping(value.mapping, model, type.id);
    case 'generate':
      return value.what === 'password';
    case 'list':
    case 'concatenate':
    case 'sum':
      return value.parts.some(isSecret);
    case 'object':
      return [...value.entries.values()].some(isSecret);
    case 'element':
      return isSecret(value.of) || (value.key !== null && isSecretName(value.key));
    case 'find':
      return model.types.get(value.type)?.property.get(value.field)?.secret ?? isSecretName(value.field);
    case 'integer':
      return isSecret(value.of);
    case 'address':
      return isSecret(value.network);
    case 'when':
      return isSecret(value.value) || (value.otherwise !== null && isSecret(value.otherwise));
  }
}
