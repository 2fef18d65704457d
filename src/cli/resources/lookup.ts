import { isJsonObject, type JsonObject, kamadoError } from '../../kernel/index.ts';
import { type HttpClient, pathWith } from '../http-client.ts';
import { everyItem, type Page, pagesOf } from './pages.ts';
import type { ServedType } from './schemas.ts';

/** The path of one resource; null for what no path can hold. */
export function resourcePath(type: ServedType, id: string): string | null {
  // These two are steps of a path, also when they are percent-encoded.
  if (id === '' || id === '.' || id === '..') return null;
  return `${type.url}/${encodeURIComponent(id)}`;
}

/**
 * The id of the resource that has this id, or else this name.
 * @throws RESOURCE_NOT_FOUND, NAME_AMBIGUOUS
 */
export async function findId(client: HttpClient, type: ServedType, idOrName: string): Promise<string> {
  const path = resourcePath(type, idOrName);
  if (path !== null && (await client.find(path)) !== null) return idOrName;
  return await findByName(client, type, idOrName);
}

/** The id of the only resource of that name. @throws RESOURCE_NOT_FOUND, NAME_AMBIGUOUS */
export async function findByName(client: HttpClient, type: ServedType, name: string): Promise<string> {
  const page = type.properties.some((property) => property.name === 'name') ? await named(client, type, name) : null;
  const [first] = page?.items.filter(isJsonObject) ?? [];
  if (page === null || typeof first?.id !== 'string') {
    throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id: name });
  }
  if (page.total > 1) throw kamadoError('NAME_AMBIGUOUS', { type: type.id, count: page.total });
  return first.id;
}

/** The first resource of that name, and how many there are. */
async function named(client: HttpClient, type: ServedType, name: string): Promise<Page | null> {
  const path = `${type.url}?${new URLSearchParams({ name, limit: '1' })}`;
  for await (const page of pagesOf(client, path, type.plural)) return page;
  return null;
}

/** The resources of a list, all of them. */
export async function list(
  client: HttpClient,
  type: ServedType,
  parameters: { readonly [name: string]: string },
): Promise<readonly JsonObject[]> {
  const items = await everyItem(client, pathWith(type.url, new URLSearchParams(parameters)), type.plural);
  return items.filter(isJsonObject);
}
