const secretName =
  /(?:^|_)(?:password|passwd|passphrase|secret|token|community|community_name|private_key|authentication_key|api_key)$/;

/** Whether the name of a property, a parameter or an output says that its value is a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase());
}
