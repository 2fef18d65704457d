import { canonicalJson, type Json, type JsonObject } from '../kernel/json.ts';
import type { ResourceType } from '../model/model.ts';

/** Writes the answers of a type: `{"<singular>": {…}}` and `{"<plural>": […]}`, keys sorted. */
export interface Envelope {
  readonly single: (body: JsonObject) => string;
  readonly list: (bodies: readonly JsonObject[]) => string;
}

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

  const singlePrefix = `{${JSON.stringify(type.singular)}:`;
  const listPrefix = `{${JSON.stringify(type.plural)}:[`;
  return {
    single: (body) => `${singlePrefix}${resource(body)}}`,
    list: (bodies) => `${listPrefix}${bodies.map(resource).join(',')}]}`,
  };
}

function joinKeys(type: ResourceType): readonly string[] {
  return type.properties.flatMap(({ relationProperty }) => (relationProperty === null ? [] : [relationProperty]));
}

function valueText(value: Json): string {
  return typeof value === 'object' && value !== null ? canonicalJson(value) : JSON.stringify(value);
}
