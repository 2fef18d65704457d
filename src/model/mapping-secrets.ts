import type { Mapping } from './mapping.ts';
import { endOfPath, type Standpoint, type Types } from './mapping-checks.ts';
import { isSecretName } from './secret-names.ts';

/**
 * Whether the value of a mapping is a secret: the field that it ends in is one, or any part of it.
 * Where the type at the end isn't known, the name of the field decides.
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
      return isSecretField(endOfPath(mapping.path, model, type), mapping.field);
    case 'concatenate':
      return mapping.parts.some((part) => isSecret(part, model, type));
    case 'if':
      return isSecret(mapping.whenTrue, model, type) || isSecret(mapping.whenFalse, model, type);
    case 'forEach':
      return isSecret(mapping.list, model, type) || isSecret(mapping.each, model, null);
  }
}

function isSecretField(type: Standpoint, field: string): boolean {
  return type?.property.get(field)?.secret ?? isSecretName(field);
}
