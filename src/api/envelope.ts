import { canonicalJson, isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';

/** Renders the answers of a type: `{"<singular>": {…}}` and `{"<plural>": […]}`, keys sorted. */
export interface Envelope {
  /** The text before a single resource, and before the first of a list. */
  readonly singleBegin: string;
  readonly listBegin: string;
  readonly resource: (body: JsonObject) => string;
  /** The same text in pieces; a piece is at most the value of one property. */
  readonly resourceParts: (body: JsonObject) => Generator<string>;
}

/** The text after a single resource, and after the last of a list. */
export const singleEnd = '}';
export const listEnd = ']}';

/**
 * Returns the envelope of a type. Keys are sorted and rendered once, because every answer uses them. An open envelope
 * also renders members that aren't of the type.
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

/** The text of an object as `canonicalJson` renders it, member by member. */
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
