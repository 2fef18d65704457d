import { limits } from '../kernel/index.ts';

/**
 * Whether a text can be the id of a resource: unreserved characters of RFC 3986, which URLs and keys hold unescaped.
 */
export function isValidId(text: string): boolean {
  return text.length <= limits.idLength && /^[A-Za-z0-9._~-]+$/.test(text) && text !== '.' && text !== '..';
}
