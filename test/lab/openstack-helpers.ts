import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import {
  type OpenStackDouble,
  type OpenStackOptions,
  startOpenStackDouble,
} from '../../lab/openstack/openstack-double.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { isJsonObject, type Json, type JsonObject, parseJson } from '../../src/kernel/json.ts';

/** A double that ends with the test. */
export async function doubleFor(
  context: TestContext,
  options: Partial<OpenStackOptions> = {},
): Promise<OpenStackDouble> {
  const double = await startOpenStackDouble({ runtime: systemRuntime, ...options });
  context.after(() => double.close());
  return double;
}

/** An answer as it came. */
export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: Json | undefined;
}

/** Sends a request as it is, and follows nothing. */
export async function send(
  url: string,
  method = 'GET',
  body?: Json,
  headers: Record<string, string> = {},
): Promise<Reply> {
  const answer = await fetch(url, {
    method,
    redirect: 'manual',
    // A kept connection would not notice at once that the double was killed.
    headers: { Connection: 'close', 'X-Auth-Project': 'p', 'X-Auth-User': 'u', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, json: parseJson(text) };
}

/** Inside a value, by keys and indexes. */
export function at(value: Json | undefined, ...path: readonly (string | number)[]): Json | undefined {
  return path.reduce<Json | undefined>((inner, part) => {
    if (Array.isArray(inner)) return inner[Number(part)];
    return isJsonObject(inner) ? inner[String(part)] : undefined;
  }, value);
}

/** A HOT template. */
export function hot(resources: JsonObject, rest: JsonObject = {}): JsonObject {
  return { heat_template_version: '2018-08-31', ...rest, resources };
}

/** A template with one OS::Heat::TestResource `a`. */
export function oneTester(properties: JsonObject): JsonObject {
  return hot({ a: { type: 'OS::Heat::TestResource', properties } });
}

/** Creates a stack in project 'p'; its own URL. */
export async function created(
  double: OpenStackDouble,
  name: string,
  template: Json,
  rest: JsonObject = {},
): Promise<string> {
  const body = { stack_name: name, template, timeout_mins: 1, tags: 'kamado:1', ...rest };
  const { status, text, headers } = await send(`${double.endpoint}/p/stacks`, 'POST', body);
  assert.equal(status, 201, text);
  return headers.get('location') ?? '';
}

/** 'CREATE_COMPLETE kamado:1 Stack CREATE completed successfully' */
export async function reported(url: string): Promise<string> {
  const { json } = await send(url);
  const stack = at(json, 'stack');
  return `${at(stack, 'stack_status')} ${at(stack, 'tags')} ${at(stack, 'stack_status_reason')}`;
}

/** The events of a stack, the newest first. */
export async function eventsOf(url: string): Promise<readonly string[]> {
  const { json } = await send(`${url}/events?sort_dir=desc`);
  const events = at(json, 'events');
  assert.ok(Array.isArray(events));
  return events.map(
    (event: Json) =>
      `${at(event, 'resource_name')} ${at(event, 'resource_status')} ${at(event, 'resource_status_reason')}`,
  );
}
