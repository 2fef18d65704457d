import { isJsonObject, isKamadoError, type Json, type JsonObject, jsonEqual, Secret } from '../kernel/index.ts';
import { type Guarded, renderGuarded, renderYaml, type Template } from './template.ts';

/** A document in which each part that depends on a secret is a `Secret`: it can be used, but not printed. */
export type MarkedJson = null | boolean | number | string | Secret | readonly MarkedJson[] | MarkedObject;
export type MarkedObject = { readonly [key: string]: MarkedJson };

/**
 * Renders a template as `renderYaml` does, and marks the parts that depend on secret values in any way. To find them,
 * the template is rendered again with stand-ins for the secrets: parts in which the two documents differ depend on a
 * secret. @param isSecret whether a name of the context is secret
 */
export function renderMarked(template: Template, context: JsonObject, isSecret: (name: string) => boolean): MarkedJson {
  const document = renderYaml(template, context);
  const standIns = withStandIns(context, isSecret);
  return standIns === null
    ? document
    : marked(
        document,
        twin(() => renderYaml(template, standIns)),
      );
}

/** The same for `renderGuarded`: the texts of the document that depend on secrets. */
export function renderGuardedMarked(
  template: Template,
  context: JsonObject,
  isSecret: (name: string) => boolean,
): Guarded & { readonly secretTexts: readonly string[] } {
  const rendered = renderGuarded(template, context);
  const standIns = withStandIns(context, isSecret);
  if (standIns === null) return { ...rendered, secretTexts: [] };
  const other = twin(() => renderGuarded(template, standIns).document);
  return { ...rendered, secretTexts: differentTexts(rendered.document, other) };
}

/** The context with stand-ins for the secret values. null if there are none. */
function withStandIns(context: JsonObject, isSecret: (name: string) => boolean): JsonObject | null {
  const entries = Object.entries(context);
  if (!entries.some(([name]) => isSecret(name))) return null;
  return Object.fromEntries(entries.map(([name, value]) => [name, isSecret(name) ? standIn(value) : value]));
}

/** A value of the same kind and length, with every letter and digit replaced by another one. */
export function standIn(value: Json): Json {
  if (typeof value === 'string') return otherText(value);
  if (typeof value === 'number') return Number(otherDigits(String(value)));
  if (Array.isArray(value)) return value.map((part: Json) => standIn(part));
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, standIn(part)]));
}

/** No digit becomes zero: a number must not begin with zero. */
function otherDigits(text: string): string {
  return text.replaceAll(/\d/g, (digit) => (digit === '9' ? '1' : String(Number(digit) + 1)));
}

function otherText(text: string): string {
  const other = otherDigits(text)
    // A different letter also after a change of case.
    .replaceAll(/[a-y]/gi, (letter) => String.fromCharCode(letter.charCodeAt(0) + 1))
    .replaceAll(/\P{ASCII}/gu, (sign) => (sign.length === 1 ? 'x' : 'xx'));
  const changed = other.replaceAll(/z/gi, (letter, at: number) => (text[at] === letter ? 'a' : letter));
  return changed === text ? 'x'.repeat(text.length) : changed;
}

/** undefined if the template gives no document for the stand-ins: then no part is known to be free of secrets. */
function twin(render: () => Json): Json | undefined {
  try {
    return render();
  } catch (error) {
    if (isKamadoError(error)) return undefined;
    throw error;
  }
}

function marked(value: Json, other: Json | undefined): MarkedJson {
  if (other !== undefined && jsonEqual(value, other)) return value;
  if (Array.isArray(value) && Array.isArray(other) && value.length === other.length) {
    return value.map((part: Json, i) => marked(part, other[i]));
  }
  if (isJsonObject(value) && isJsonObject(other) && haveSameKeys(value, other)) {
    return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, marked(part, other[key])]));
  }
  return new Secret(typeof value === 'string' ? value : JSON.stringify(value));
}

function differentTexts(value: Json, other: Json | undefined): readonly string[] {
  if (other !== undefined && jsonEqual(value, other)) return [];
  if (Array.isArray(value)) {
    const parts = Array.isArray(other) && other.length === value.length ? other : [];
    return value.flatMap((part: Json, i) => differentTexts(part, parts[i]));
  }
  if (isJsonObject(value)) {
    const parts = isJsonObject(other) ? other : {};
    return Object.entries(value).flatMap(([key, part]) =>
      Object.hasOwn(parts, key) ? differentTexts(part, parts[key]) : [key, ...differentTexts(part, undefined)],
    );
  }
  return typeof value === 'string' || typeof value === 'number' ? [String(value)] : [];
}

function haveSameKeys(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => Object.hasOwn(b, key));
}
