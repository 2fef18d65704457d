/** What the command line masks, by the same rules as the store view. */
export { isSecretName } from '../schema/secrets/secret-names.ts';
export { isSecretProperty } from '../schema/secrets/secret-properties.ts';
export { TEMPLATE_TYPE } from '../records/keys.ts';
