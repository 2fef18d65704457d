import { isJsonObject, type Json, type JsonObject } from '../../kernel/index.ts';
import { type Fault, lineOf, listAt, objectAt, objectIn, objectOrNull, textAt } from './answer-json.ts';
import type { EndpointInterface } from './cloud.ts';
import type { HttpAnswer } from './http.ts';

/** The type of Heat in Keystone's catalogue. */
const SERVICE_TYPE = 'orchestration';

/** The characters that a header can hold. */
const TOKEN_ID = /^[!-~]{1,8192}$/;

/** A token of Keystone, and its scope. */
export interface Token {
  /** The text that is sent with requests. */
  readonly id: string;
  /** The expiry by the wall clock. */
  readonly expiresAtMs: number;
  /** The id of the project that it is scoped to. */
  readonly project: string | null;
  /**
   * Heat's endpoint, without a slash at its end. null if the token's catalogue has none of that region and interface.
   */
  readonly endpoint: string | null;
}

/** The wanted endpoint. */
export interface Wanted {
  readonly region: string | null;
  readonly interface: EndpointInterface;
}

/** Returns the token in an answer to `POST /v3/auth/tokens`. */
export function tokenIn(answer: HttpAnswer, wanted: Wanted, fault: Fault): Token {
  const id = answer.headers['x-subject-token'] ?? '';
  if (!TOKEN_ID.test(id)) throw fault('it holds no X-Subject-Token');
  const token = objectAt(objectIn(answer, fault), 'token', fault);
  const expiresAtMs = Date.parse(textAt(token, 'expires_at', fault));
  if (!Number.isFinite(expiresAtMs)) throw fault('expires_at is not a time');
  const project = token.project === undefined ? null : textAt(objectAt(token, 'project', fault), 'id', fault);
  return { id, expiresAtMs, project, endpoint: endpointIn(token, wanted, fault) };
}

/** Returns Keystone's message, or '' if there is none. */
export function keystoneMessage(answer: HttpAnswer): string {
  const error = objectOrNull(answer)?.error;
  return isJsonObject(error) ? lineOf(error.message) : '';
}

function endpointIn(token: JsonObject, wanted: Wanted, fault: Fault): string | null {
  if (token.catalog === undefined) return null;
  for (const service of listAt(token, 'catalog', fault)) {
    if (!isJsonObject(service) || service.type !== SERVICE_TYPE) continue;
    const endpoint = listAt(service, 'endpoints', fault).find((one) => isWanted(one, wanted));
    if (!isJsonObject(endpoint)) continue;
    const url = textAt(endpoint, 'url', fault).replace(/\/+$/, '');
    if (!/^https?:\/\//.test(url) || !URL.canParse(url)) throw fault('the endpoint of Heat is not a URL');
    return url;
  }
  return null;
}

function isWanted(endpoint: Json, { region, interface: side }: Wanted): boolean {
  if (!isJsonObject(endpoint) || endpoint.interface !== side) return false;
  return region === null || endpoint.region_id === region || endpoint.region === region;
}
