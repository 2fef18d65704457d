import { documentParameters, isHotDocument, mayHide, parameterLines, parametersSource } from '../hot/index.ts';
import { isJsonObject, isKamadoError, type Json } from '../kernel/index.ts';
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
 * The parameters that a HOT template declares; null if it is none, or if that can't be told without rendering it.
 * @throws TEMPLATE_INVALID, TEMPLATE_LIMIT if the whole is plain text that gives no document
 */
export function declaredParameters(template: Template, source: string): readonly DeclaredParameter[] | null {
  const [only, ...others] = template.body;
  if (others.length === 0 && (only === undefined || only.kind === 'text')) {
    const { document } = renderGuarded(template, {});
    return isHotDocument(document) ? declaredIn(document, source) : null;
  }
  const fixed = template.body.flatMap((part) => (part.kind === 'text' ? [part.text] : []));
  const section = parametersSource(source, fixed);
  switch (section.kind) {
    case 'none':
      return [];
    case 'unknown':
      return null;
    case 'section': {
      const document = plainDocument(section.text);
      return isJsonObject(document) ? declaredIn(document, source) : null;
    }
  }
}

/** A part of a template as a document; null if it needs the rest. */
function plainDocument(text: string): Json {
  try {
    return renderGuarded(parseTemplate('parameters', text), {}).document;
  } catch (error) {
    if (isKamadoError(error, 'TEMPLATE_INVALID')) return null;
    throw error;
  }
}

function declaredIn(document: Json, source: string): readonly DeclaredParameter[] {
  const parameters = documentParameters(document);
  const lines = parameterLines(source, [...parameters.keys()]);
  return [...parameters].map(([name, { default: initial, isHidden }]) => {
    return { name, hasDefault: initial !== undefined, isHidden, line: lines.get(name) ?? 1 };
  });
}

/**
 * Whether a parameter of a HOT template is hidden, as far as its text tells without being rendered; if that can't be
 * told, and something is hidden, everything is.
 */
export function hiddenParameters(source: string): (name: string) => boolean {
  if (!mayHide(source)) return () => false;
  const declared = declaredInSource(source);
  if (declared === null) return () => true;
  const hidden = new Set(declared.filter(({ isHidden }) => isHidden).map(({ name }) => name));
  return (name) => hidden.has(name);
}

function declaredInSource(source: string): readonly DeclaredParameter[] | null {
  try {
    return declaredParameters(parseTemplate('hot', source), source);
  } catch (error) {
    if (isKamadoError(error)) return null;
    throw error;
  }
}
