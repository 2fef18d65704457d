import { readFileSync } from 'node:fs';
import { isJsonObject, parseJson } from '../kernel/index.ts';

/** The version in package.json. */
export function productVersion(): string {
  const manifest = parseJson(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));
  return isJsonObject(manifest) && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
