import { isKamadoError, type Json } from '../kernel/index.ts';
import type { Mapping } from './mapping.ts';
import { endOfPath, type Standpoint, type Types } from './mapping-checks.ts';
import { parseMapping } from './mapping-parser.ts';
import { isSecretName } from './secrets/secret-names.ts';

/**
 * Whether a parameter that a template maps from resources of a type is secret: by its own name, or by the end of its
 * mapping. If the mapping can't be parsed, its value counts as secret.
 */
export function isSecretParameter(param: string, source: Json, model: Types, typeId: string): boolean {
  if (isSecretName(param)) return true;
  try {
    return isSecretMapping(parseMapping(source, param), model, typeId);
  } catch (error) {
    if (isKamadoError(error)) return true;
    throw error;
  }
}

/**
 * Whether the value of a mapping is a secret: the field at its end, or any part of the value, is secret. If the type at
 * the end isn't known, the value is secret if any type has a secret field of that name. For an element of a list the
 * name decides.
 */
export function isSecretMapping(mapping: Mapping, model: Types, typeId: string): boolean {
  return isSecret(mapping, model, model.types.get(typeId) ?? null);
}

function isSecret(mapping: Mapping, model: Types, type: Standpoint): boolean {
  switch (mapping.kind) {
    case 'constant':
    case 'version':
      return false;
    case 'output':
      return isSecretName(mapping.outputKey);
    case 'nested':
      return mapping.keys.some(isSecretName) || isSecretField(type, mapping.keys[0] ?? '');
    case 'field':
      return mapping.path.length === 0
        ? isSecretField(type, mapping.field)
        : isSecretAtEnd(endOfPath(mapping.path, model, type), mapping.field, model);
    case 'concatenate':
      return mapping.parts.some((part) => isSecret(part, model, type));
    case 'if':
      return isSecret(mapping.whenTrue, model, type) || isSecret(mapping.whenFalse, model, type);
    case 'forEach':
      return isSecret(mapping.list, model, type) || isSecret(mapping.each, model, null);
  }
}

function isSecretAtEnd(type: Standpoint, field: string, model: Types): boolean {
  const types = type === null ? [...model.types.values()] : [type];
  return types.some((one) => one.property.get(field)?.secret === true) || isSecretField(type, field);
}

function isSecretField(type: Standpoint, field: string): boolean {
  return type?.property.get(field)?.secret ?? isSecretName(field);
}
