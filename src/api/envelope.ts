import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';

/** Writes the answers of a type: `{"<singular>": {…}}` and `{"<plural>": […]}`, keys sorted. */
export interface Envelope {
  /** What stands before a single resource, and before the first of a list. */
  readonly singleBegin: string;
  readonly listBegin: string;
  readonly resource: (body: JsonObject) => string;
  /** The same text in pieces, each of them the value of a property at most. */
  readonly resourceParts: (body: JsonObject) => Generator<string>;
}

/** What stands behind a single resource, and behind the last of a list. */
export const singleEnd = '}';
export const listEnd = ']}';

/**
 * The envelope of a type. Keys are sorted and written once; this is on the way of every answer. An open one also shows
 * members that aren't of the type.
 */
export function createEnvelope(type: ResourceType, open = false): Envelope {
  const keys = [...new Set([...type.properties.map(({ name }) => name), ...joinKeys(type)])].sort();
  const members = keys.map((key) => ({ key, prefix: `${JSON.stringify(key)}:` }));

  const resource = (body: JsonObject): string => {
    if (open) return canonicalJson(body);
    let text = '{';
    for (const { key, prefix } of members) {
      const value = body[key];
      if (value === undefined) continue;
      text += text === '{' ? prefix : `,${prefix}`;
      text += valueText(value);
    }
    return `${text}}`;
  };

  return {
    singleBegin: `{${JSON.stringify(type.singular)}:`,
    listBegin: `{${JSON.stringify(type.plural)}:[`,
    resource,
    resourceParts: (body) => {
      const known = keys.flatMap((key) => (body[key] === undefined ? [] : [[key, body[key]] as const]));
      return objectParts(open ? body : Object.fromEntries(known));
    },
  };
}

function joinKeys(type: ResourceType): readonly string[] {
  return type.properties.flatMap(({ relationProperty }) => (relationProperty === null ? [] : [relationProperty]));
}

/** An object as `canonicalJson` writes it, member by member. */
function* objectParts(body: JsonObject): Generator<string> {
  let separator = '{';
  for (const key of Object.keys(body).sort()) {
    const value = body[key];
    if (value === undefined) continue;
    yield `${separator}${JSON.stringify(key)}:`;
    separator = ',';
    if (isJsonObject(value)) yield* objectParts(value);
    else yield valueText(value);
  }
  yield separator === '{' ? '{}' : '}';
}

function valueText(value: Json): string {
  return typeof value === 'object' && value !== null ? canonicalJson(value) : JSON.stringify(value);
}
