export { isSecretName, mayNameSecret, namedSecrets, withoutNamedSecrets } from './secret-names.ts';
export { isSecretProperty } from './secret-properties.ts';
