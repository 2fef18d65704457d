import { canonicalJson, type Json, type JsonObject } from '../kernel/index.ts';

/** How a type's resources stand in the store where that isn't the usual form (compatibility K3). */
export interface Projection {
  /** Disposables of the key after the prefix: text, and properties whose values stand there; null: the resource's path. */
  readonly keyTemplate: readonly (string | { readonly property: string })[] | null;
  /** Whether the key begins with /config. */
  readonly underConfig: boolean;
  /** Whether the value is the content alone, without version and mark. */
  readonly plain: boolean;
  /** The property that is the content, or null: the whole body. */
  readonly property: string | null;
}

/**
 * The form that `sync_key_template`, `sync_plain`, `sync_property` and `sync_skip_config_prefix` ask for; null where
 * none of them is there. `fault` hears what is wrong: `known` tells which properties there are.
 */
export function parseProjection(
  metadata: JsonObject,
  known: (property: string) => boolean,
  fault: (pointer: string, reason: string) => void,
): Projection | null {
  const { sync_key_template: template, sync_plain: plain, sync_property: property } = metadata;
  const skipsPrefix = metadata.sync_skip_config_prefix === true;
  if (template === undefined && plain !== true && property === undefined && !skipsPrefix) return null;
  const keyTemplate = typeof template === 'string' ? parseKeyTemplate(template) : null;
  const named = [
    ...(keyTemplate ?? []).flatMap((part) =>
      typeof part === 'string' ? [] : [['sync_key_template', part.property] as const],
    ),
    ...(typeof property === 'string' ? [['sync_property', property] as const] : []),
  ];
  for (const [key, name] of named) if (!known(name)) fault(`/metadata/${key}`, `there is no property ${name}`);
  const texts = (keyTemplate ?? []).filter((part) => typeof part === 'string');
  if (template !== undefined && (keyTemplate === null || !texts[0]?.startsWith('/') || texts.join('').includes('{'))) {
    fault('/metadata/sync_key_template', 'a path that begins with /, with {{ property }} in it, is expected');
  }
  return {
    keyTemplate,
    underConfig: !skipsPrefix,
    plain: plain === true,
    property: typeof property === 'string' ? property : null,
  };
}

function parseKeyTemplate(template: string): readonly (string | { readonly property: string })[] {
  const parts = template.split(/(\{\{\s*[^{}\s]+\s*\}\})/).filter((part) => part !== '');
  return parts.map((part) => {
    const property = /^\{\{\s*([^{}\s]+)\s*\}\}$/.exec(part)?.[1];
    return property === undefined ? part : { property };
  });
}

/** The key of a resource in its type's form; `path` is its URL and id. Values are made fit for a path segment. */
export function mirrorKey(form: Projection, path: string, body: JsonObject): string {
  const rest =
    form.keyTemplate === null
      ? path
      : form.keyTemplate.map((part) => (typeof part === 'string' ? part : segment(body[part.property]))).join('');
  return form.underConfig ? `/config${rest}` : rest;
}

/** What all keys of the form begin with; `url` is the type's. */
export function mirrorKeyPrefix(form: Projection, url: string): string {
  const [first = ''] = form.keyTemplate ?? [`${url}/`];
  return `${form.underConfig ? '/config' : ''}${typeof first === 'string' ? first : ''}`;
}

/** Whether a key has the form: as many segments, and the same wherever no property stands in one. */
export function hasProjection(form: Projection, url: string, key: string): boolean {
  const expected = mirrorShape(form, url).split('/');
  const segments = key.split('/');
  return (
    segments.length === expected.length &&
    expected.every((segment, i) => segment.includes(PROPERTY) || segment === segments[i])
  );
}

/** The key of all resources of a type, whatever their values: two types with the same one can't be told apart. */
export function mirrorShape(form: Pick<Projection, 'keyTemplate' | 'underConfig'> | null, url: string): string {
  const parts = form?.keyTemplate ?? [`${url}/`, { property: 'id' }];
  const text = parts.map((part) => (typeof part === 'string' ? part : PROPERTY)).join('');
  return `${(form?.underConfig ?? true) ? '/config' : ''}${text}`;
}

/** Stands for the value of a property; no template holds it. */
const PROPERTY = '\0';

/** The content of a resource in its type's form, as text: a string that stands alone is that string. */
export function mirrorContent(form: Projection, body: JsonObject): string {
  const content: Json = form.property === null ? body : (body[form.property] ?? null);
  return form.plain && form.property !== null && typeof content === 'string' ? content : canonicalJson(content);
}

function segment(value: Json | undefined): string {
  return encodeURIComponent(typeof value === 'string' ? value : canonicalJson(value ?? null));
}
