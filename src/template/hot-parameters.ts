import { isKamadoError } from '../kernel/errors.ts';
import { isJsonObject, type Json } from '../kernel/json.ts';
import { parseTemplate, renderGuarded, type Template } from './template.ts';

/** A parameter that a HOT template declares. */
export interface DeclaredParameter {
  readonly name: string;
  readonly hasDefault: boolean;
  /** Heat shows its value to nobody. */
  readonly isHidden: boolean;
  /** The line of the template where it stands, from 1. */
  readonly line: number;
}

/**
 * The parameters that a HOT template declares; null where it is none, or where that can't be told without rendering it:
 * the section has to stand in the text itself, with the line that begins the next one.
 * @throws TEMPLATE_INVALID, TEMPLATE_LIMIT where the whole is plain text that gives no document
 */
export function declaredParameters(template: Template, source: string): readonly DeclaredParameter[] | null {
  const [only, ...others] = template.body;
  if (others.length === 0 && (only === undefined || only.kind === 'text')) {
    const { document } = renderGuarded(template, {});
    return isJsonObject(document) && isHot(document) ? parametersIn(document.parameters, source) : null;
  }
  const texts = template.body.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  const isVersioned = texts.some((text) => /^heat_template_version:/m.test(text));
  const sections = source.match(/^parameters:/gm) ?? [];
  if (!isVersioned || sections.length > 1) return null;
  if (sections.length === 0) return /^["']?parameters["']?\s*:/m.test(source) ? null : [];
  const section = texts.flatMap((text) => /^parameters:.*?\n(?=[A-Za-z])/ms.exec(text) ?? [])[0];
  const document = section === undefined ? null : plainDocument(section);
  return isJsonObject(document) ? parametersIn(document.parameters, source) : null;
}

function isHot(document: { readonly [key: string]: Json }): boolean {
  return document.heat_template_version !== undefined;
}

/** A part of a template as a document; null where it needs the rest. */
function plainDocument(text: string): Json {
  try {
    return renderGuarded(parseTemplate('parameters', text), {}).document;
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_INVALID')) return null;
    throw error;
  }
}

function parametersIn(section: Json | undefined, source: string): readonly DeclaredParameter[] {
  if (!isJsonObject(section)) return [];
  const lines = source.split('\n');
  const start = Math.max(
    0,
    lines.findIndex((line) => /^\s*["']?parameters["']?\s*:/.test(line)),
  );
  return Object.entries(section).map(([name, declaration]) => {
    const at = lines.findIndex((line, i) => i >= start && keyOf(line) === name);
    const hasDefault = isJsonObject(declaration) && declaration.default !== undefined;
    const isHidden = isJsonObject(declaration) && isTrue(declaration.hidden);
    return { name, hasDefault, isHidden, line: (at < 0 ? start : at) + 1 };
  });
}

/** Heat takes texts for booleans, too. */
export function isTrue(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && /^(?:true|t|1|yes|y|on)$/i.test(value));
}

/**
 * Whether a parameter of a HOT template is hidden, as far as its text tells without being rendered; where that can't be
 * told, and something is hidden, everything is.
 */
export function hiddenParameters(source: string): (name: string) => boolean {
  if (!/\bhidden["']?\s*:/.test(source)) return () => false;
  const declared = declaredIn(source);
  if (declared === null) return () => true;
  const hidden = new Set(declared.filter(({ isHidden }) => isHidden).map(({ name }) => name));
  return (name) => hidden.has(name);
}

function declaredIn(source: string): readonly DeclaredParameter[] | null {
  try {
    return declaredParameters(parseTemplate('hot', source), source);
  } catch (error) {
    if (isKamadoError(error)) return null;
    throw error;
  }
}

function keyOf(line: string): string | undefined {
  return /^\s+["']?([^\s"':]+)["']?\s*:/.exec(line)?.[1];
}
