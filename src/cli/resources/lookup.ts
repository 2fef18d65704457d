import { kamadoError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { type HttpClient, listOf, objectOf } from '../http-client.ts';
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
  const found = type.properties.some((property) => property.name === 'name') ? await list(client, type, { name }) : [];
  const [first, second] = found;
  if (typeof first?.id !== 'string') throw kamadoError('RESOURCE_NOT_FOUND', { type: type.id, id: name });
  if (second !== undefined) throw kamadoError('NAME_AMBIGUOUS', { type: type.id, count: found.length });
  return first.id;
}

/** The resources of a list. */
export async function list(
  client: HttpClient,
  type: ServedType,
  parameters: { readonly [name: string]: string },
): Promise<readonly JsonObject[]> {
  const answer = await client.send('GET', `${type.url}?${new URLSearchParams(parameters)}`);
  return listOf(client, answer, objectOf(client, answer)[type.plural]).filter(isJsonObject);
}
