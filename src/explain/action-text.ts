import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';

/** The shape of an input or output in words: `{force: boolean, reason}`; '' if there is no schema. */
export function shapeText(schema: JsonObject | null, name: (text: string) => string): string {
  if (schema === null) return '';
  const required = Array.isArray(schema.required) ? schema.required : [];
  const properties = Object.entries(isJsonObject(schema.properties) ? schema.properties : {});
  if (properties.length === 0) return kindOf(schema);
  const listed = properties.map(([key, property]) => {
    const kind = isJsonObject(property) ? kindOf(property) : '';
    const notes = [...(kind === '' ? [] : [kind]), ...(required.includes(key) ? ['required'] : [])];
    return notes.length === 0 ? name(key) : `${name(key)} (${notes.join(', ')})`;
  });
  return listed.join(', ');
}

function kindOf({ type }: JsonObject): string {
  const kinds: readonly (Json | undefined)[] = Array.isArray(type) ? type : [type];
  return kinds.filter((kind) => typeof kind === 'string').join(' or ');
}
