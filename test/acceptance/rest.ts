import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  /** Parsed; null where there is none. */
  readonly body: Json;
}

/** A client of a running Kamado. Throws where nothing answers. */
export interface Rest {
  /** 'http://127.0.0.1:<port>'. */
  readonly origin: string;
  readonly call: (method: string, path: string, body?: JsonObject) => Promise<Answer>;
  /** The resource behind a URL such as '/v2.0/ha_routers/<id>', out of its envelope; null for 404. */
  readonly get: (url: string) => Promise<JsonObject | null>;
  /** POSTs a resource ('/v2.0/ha_routers', its fields), expects 201, returns it. */
  readonly create: (url: string, fields: JsonObject) => Promise<JsonObject>;
  /** All entries of the store below a prefix, as the API shows them. */
  readonly store: (prefix: string) => Promise<readonly JsonObject[]>;
  readonly timeline: (type: string, id: string) => Promise<readonly JsonObject[]>;
  /** The text of an answer that doesn't end by itself, as it comes. */
  readonly follow: (path: string) => Promise<AsyncIterable<string>>;
}

const REQUEST_MS = 10_000;

export function restOf(port: number): Rest {
  const origin = `http://127.0.0.1:${port}`;
  const call = async (method: string, path: string, body?: JsonObject): Promise<Answer> => {
    const response = await fetch(origin + path, {
      method,
      signal: AbortSignal.timeout(REQUEST_MS),
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    const text = await response.text();
    const parsed: Json = text === '' ? null : JSON.parse(text);
    return { status: response.status, body: parsed };
  };
  return {
    origin,
    call,
    get: async (url) => {
      const { status, body } = await call('GET', url);
      if (status === 404) return null;
      assert.equal(status, 200, `${url}: ${JSON.stringify(body)}`);
      return inner(body);
    },
    create: async (url, fields) => {
      const singular = url.slice(url.lastIndexOf('/') + 1, -1);
      const { status, body } = await call('POST', url, { [singular]: fields });
      assert.equal(status, 201, `${url}: ${JSON.stringify(body)}`);
      return inner(body);
    },
    store: async (prefix) => {
      const { status, body } = await call('GET', `/kamado/v1/store?prefix=${encodeURIComponent(prefix)}`);
      assert.equal(status, 200, JSON.stringify(body));
      return listOf(objectOf(body).entries).map(objectOf);
    },
    timeline: async (type, id) => {
      const { status, body } = await call('GET', `/kamado/v1/timeline/${type}/${id}`);
      assert.equal(status, 200, JSON.stringify(body));
      return listOf(body).map(objectOf);
    },
    follow: async (path) => {
      const { body } = await fetch(`http://127.0.0.1:${port}${path}`);
      assert.ok(body !== null);
      return body.pipeThrough(new TextDecoderStream());
    },
  };
}

function inner(body: Json): JsonObject {
  const [resource] = Object.values(objectOf(body));
  return objectOf(resource);
}

/** Asks again and again until the answer is something; fails after a generous time, saying what was awaited. */
export async function until<Result>(
  what: string,
  ask: () => Promise<Result | null | undefined | false> | Result | null | undefined | false,
  limitMs = 30_000,
): Promise<Result> {
  const endMs = performance.now() + limitMs;
  for (let pauseMs = 5; ; pauseMs = Math.min(pauseMs * 1.5, 100)) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (performance.now() > endMs) throw new Error(`not in ${limitMs} ms: ${what}`);
    await pause(pauseMs);
  }
}

/** The resource, once it has that status. */
export async function untilStatus(rest: Rest, url: string, status: string, limitMs = 30_000): Promise<JsonObject> {
  let seen: JsonObject | null = null;
  try {
    return await until(
      `${url} ${status}`,
      async () => {
        seen = await rest.get(url);
        return seen?.status === status ? seen : null;
      },
      limitMs,
    );
  } catch (error) {
    throw new Error(`${url} is not ${status}: ${JSON.stringify(seen)}`, { cause: error });
  }
}

/** The value as an object, {} where it is none. */
export function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

export function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: Json | undefined): string {
  assert.equal(typeof value, 'string');
  return String(value);
}
