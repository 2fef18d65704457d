import { type JsonObject, textOrEmpty } from '../kernel/index.ts';

/**
 * The path of a type's collection (compatibility A1): `url` if the schema has one, otherwise /namespace/prefix/plural.
 * A prefix that already ends in the plural is the path. `namespaceOf` returns the full prefix of a namespace, or ''.
 */
export function resourceUrl(document: JsonObject, namespaceOf: (id: string) => string): string {
  const plural = textOrEmpty(document.plural);
  if (textOrEmpty(document.url) !== '') return `/${trimmed(textOrEmpty(document.url))}`;
  const parts = [namespaceOf(textOrEmpty(document.namespace)), trimmed(textOrEmpty(document.prefix))];
  const ends = parts[1] === plural || parts[1]?.endsWith(`/${plural}`);
  return `/${[...parts, ends ? '' : plural].filter((part) => part !== '').join('/')}`;
}

/** Whether a path can be served and be used as a key: segments of unreserved characters (RFC 3986). */
export function isValidUrl(url: string): boolean {
  return url.length <= 512 && /^(?:\/[A-Za-z0-9._~-]+)+$/.test(url) && !/\/\.{1,2}(?:\/|$)/.test(url);
}

/** Whether the API serves a path itself. */
export function isReservedUrl(url: string): boolean {
  return url === '/gohan/v0.1/schemas' || url.startsWith('/gohan/v0.1/schemas/');
}

/**
 * The full prefixes of namespaces by id: those of the parents first. A cycle of parents ends at its first repetition.
 */
export function namespacePrefixes(namespaces: readonly JsonObject[]): ReadonlyMap<string, string> {
  const byId = new Map(namespaces.map((namespace) => [textOrEmpty(namespace.id), namespace]));
  const prefixOf = (id: string, seen: ReadonlySet<string>): string => {
    const namespace = byId.get(id);
    if (namespace === undefined || seen.has(id)) return '';
    const own = trimmed(textOrEmpty(namespace.prefix));
    return [prefixOf(textOrEmpty(namespace.parent), new Set([...seen, id])), own]
      .filter((part) => part !== '')
      .join('/');
  };
  return new Map([...byId.keys()].map((id) => [id, prefixOf(id, new Set())]));
}

function trimmed(path: string): string {
  return path.replace(/^\/+/, '').replace(/\/+$/, '');
}
