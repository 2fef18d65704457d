import { isKamadoError, type Json } from '../kernel/index.ts';
import type { Mapping } from './mapping.ts';
import { endOfPath, type Standpoint, type Types } from './mapping-checks.ts';
import { parseMapping } from './mapping-parser.ts';
import { isSecretName } from './secrets/secret-names.ts';

/**
 * Whether a parameter is secret that a template maps from resources of a type: by its own name, or by what its mapping
 * ends in. A mapping that can't be read says nothing about its value, which is secret then.
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
 * Whether the value of a mapping is a secret: the field that it ends in is one, or any part of it. Where the type at the
 * end isn't known, it is one where any type has a secret of that name; of an element of a list the name decides.
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
