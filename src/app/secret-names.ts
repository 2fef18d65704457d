/** What the command line masks, by the same rule as the rooms. */
export { isSecretName } from '../model/secret-names.ts';
