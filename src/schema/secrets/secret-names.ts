import { isJsonObject, type Json } from '../../kernel/index.ts';

const endings =
  '(?:password|passwd|passphrase|secret|token|community|community_name|private_key|authentication_key|api_key)';
const secretName = new RegExp(`(?:^|_)${endings}$`);

/** Whether the name of a property, a parameter or an output indicates that its value is a secret. */
export function isSecretName(name: string): boolean {
  return secretName.test(name.toLowerCase());
}

const anySecretName = new RegExp(endings, 'i');

/**
 * Whether a JSON text may hold a member whose name indicates a secret. Most texts hold none, and need no further
 * search.
 */
export function mayNameSecret(text: string): boolean {
  return anySecretName.test(text);
}

/** The members of a value whose names indicate a secret, at any depth. */
export function* namedSecrets(value: Json): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries<Json>(value)) {
    if (isJsonObject(value) && isSecretName(name)) yield part;
    else yield* namedSecrets(part);
  }
}

/** Returns a value in which members whose names indicate a secret are masked; the same value if there are none. */
export function withoutNamedSecrets(value: Json, mask: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (!isJsonObject(value)) {
    const parts = value.map((part: Json) => withoutNamedSecrets(part, mask));
    return parts.every((part, i) => part === value[i]) ? value : parts;
  }
  let isChanged = false;
  const entries = Object.entries(value).map(([name, part]) => {
    const isHidden = isSecretName(name) && part !== null && part !== '';
    const masked = isHidden ? mask : withoutNamedSecrets(part, mask);
    isChanged ||= masked !== part;
    return [name, masked] as const;
  });
  return isChanged ? Object.fromEntries(entries) : value;
}
