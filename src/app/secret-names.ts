/** What the command line masks, by the same rules as the store view. */
export { isSecretName } from '../model/secret-names.ts';
export { isSecretProperty } from '../model/secret-properties.ts';
export { TEMPLATE_TYPE } from '../records/keys.ts';
