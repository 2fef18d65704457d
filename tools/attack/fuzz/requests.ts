import type { Random } from '../../../test/simulation/random.ts';
import type { Sent } from '../client.ts';
import { hostileText, hostileValue, jsonTexts } from './hostile-values.ts';
import { idOf, type KnownIds, propertyValue } from './schema-values.ts';
import type { ServedType } from './served-types.ts';

/** A request of the fuzzer, and its subject. */
export interface FuzzRequest {
  readonly sent: Sent;
  readonly kind: 'create' | 'change' | 'delete' | 'show' | 'list' | 'beside' | 'stray';
  readonly type: ServedType;
  /** The id in the path, if any. */
  readonly id: string | null;
}

const kinds = ['create', 'create', 'change', 'change', 'show', 'list', 'delete', 'beside', 'stray'] as const;
const JSON_HEADERS = { 'content-type': 'application/json' };

/** The next request. */
export function nextRequest(types: readonly ServedType[], random: Random, ids: KnownIds): FuzzRequest {
  const type = random.pick(types);
  const kind = random.pick(kinds);
  const id = idOf(type.id, random, ids);
  const member = `${type.url}/${encodeURIComponent(id)}`;
  switch (kind) {
    case 'create':
      return { kind, type, id: null, sent: written('POST', type.url, type, 'create', random, ids) };
    case 'change': {
      const method = random.chance(0.5) ? 'PUT' : 'PATCH';
      return { kind, type, id, sent: written(method, member, type, 'update', random, ids) };
    }
    case 'delete':
      return { kind, type, id, sent: { method: 'DELETE', path: member, headers: conditions(random) } };
    case 'show':
      return {
        kind,
        type,
        id,
        sent: { method: 'GET', path: member + query(type, random), headers: conditions(random) },
      };
    case 'list':
      return { kind, type, id: null, sent: { method: 'GET', path: type.url + query(type, random) } };
    case 'beside':
      return { kind, type, id: null, sent: { method: 'GET', path: besidePath(type, id, random) } };
    case 'stray':
      return { kind, type, id: null, sent: stray(type, random) };
  }
}

function written(
  method: string,
  path: string,
  type: ServedType,
  permission: 'create' | 'update',
  random: Random,
  ids: KnownIds,
): Sent {
  const headers = { ...JSON_HEADERS, ...conditions(random) };
  return { method, path, headers, body: bodyText(bodyOf(type, permission, random, ids), type, random) };
}

function bodyOf(type: ServedType, permission: string, random: Random, ids: KnownIds): { [name: string]: unknown } {
  const body: { [name: string]: unknown } = {};
  for (const [name, schema] of type.properties) {
    const settable = schema.permission?.includes(permission) === true;
    // Ids are rare: with one in every second body, most requests would conflict.
    if (settable ? random.chance(name === 'id' ? 0.1 : 0.7) : random.chance(0.01)) {
      body[name] = propertyValue(name, schema, random, ids);
    }
  }
  if (random.chance(0.03)) body[hostileText(random)] = hostileValue(random);
  return body;
}

/** The text of a body; sometimes with parts that JavaScript can't produce, or truncated. */
function bodyText(body: object, type: ServedType, random: Random): string {
  const text = JSON.stringify(random.chance(0.9) ? { [type.singular]: body } : body);
  if (random.chance(0.9)) return text;
  if (random.chance(0.3)) return text.slice(0, random.integer(text.length + 1));
  const name = random.pick([...type.properties.keys()]);
  return `{"${type.singular}":{"${name}":${random.pick(jsonTexts)}}}`;
}

function conditions(random: Random): { readonly [name: string]: string } {
  if (random.chance(0.9)) return {};
  const name = random.pick(['if-match', 'if-none-match']);
  return { [name]: random.pick(['*', '"1.1"', 'W/"1.1"', '"', '""', '"1.1", "2.2"', 'x'.repeat(1_000)]) };
}

function query(type: ServedType, random: Random): string {
  if (random.chance(0.3)) return '';
  const names = [
    ...type.properties.keys(),
    'limit',
    'offset',
    'sort_key',
    'sort_order',
    '_fields',
    'search_field',
    'any_of',
  ];
  const parts = Array.from({ length: 1 + random.integer(3) }, () => {
    const value = random.chance(0.3) ? String(random.integer(20)) : hostileText(random).slice(0, 500);
    return `${random.pick(names)}=${encoded(value)}`;
  });
  return `?${parts.join('&')}`;
}

/** Percent-encodes a text; a lone surrogate can't be encoded, so such texts are sent only in bodies. */
function encoded(text: string): string {
  return encodeURIComponent(text.replaceAll(/\p{Cs}/gu, '\ufffd'));
}

function besidePath(type: ServedType, id: string, random: Random): string {
  return random.pick([
    `/gohan/v0.1/schemas/${type.id}`,
    '/gohan/v0.1/schemas',
    `/kamado/v1/timeline/${type.id}/${id}?limit=${random.integer(50)}`,
    `/kamado/v1/store?prefix=${encoded(random.pick(['/', '/config', '/jobs', '/state', '/none']))}&limit=20`,
    `/kamado/v1/store/key?key=${encoded(`/config${type.url}/${id}`)}`,
    '/livez',
    '/readyz',
    `/${encoded(hostileText(random).slice(0, 300))}`,
  ]);
}

const methods = ['GET', 'HEAD', 'OPTIONS', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'PROPFIND', 'SEARCH'];

/** A request that no client would make. */
function stray(type: ServedType, random: Random): Sent {
  const path = `${random.pick([type.url, '/v2.0', '/kamado/v1', '/gohan', ''])}/${encoded(hostileText(random)).slice(0, 400)}`;
  const headers = {
    'content-type': random.pick(['application/json', 'text/plain', 'application/json; charset=utf-16', 'x']),
    ...(random.chance(0.2) && { origin: random.pick(['null', 'http://evil.invalid', 'http://127.0.0.1:1']) }),
    ...(random.chance(0.1) && { host: random.pick(['evil.invalid', '127.0.0.1:99999', '']) }),
    ...(random.chance(0.1) && { 'content-encoding': 'gzip' }),
    ...(random.chance(0.1) && { 'x-long': 'x'.repeat(random.integer(20_000)) }),
  };
  const method = random.pick(methods);
  const takesBody = method !== 'GET' && method !== 'HEAD' && method !== 'TRACE' && random.chance(0.7);
  return { method, path, headers, ...(takesBody && { body: hostileText(random) }) };
}
