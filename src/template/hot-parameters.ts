import { documentParameters, isHotDocument, mayHide, parameterLines, parametersSource } from '../hot/index.ts';
import { isJsonObject, isKamadoError, type Json } from '../kernel/index.ts';
import { parseTemplate, renderGuarded, type Template } from './template.ts';

/** A parameter that a HOT template declares. */
export interface DeclaredParameter {
  readonly name: string;
  readonly hasDefault: boolean;
  /** Whether Heat never shows its value. */
  readonly isHidden: boolean;
  /** Its line in the template, from 1. */
  readonly line: number;
}

/**
 * Returns the parameters that a HOT template declares. null if it isn't one, or if this can't be known before
 * rendering. @throws TEMPLATE_INVALID, TEMPLATE_LIMIT if the whole is plain text but not a document
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

/** Returns a part of a template as a document. null if it depends on the rest. */
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
 * Whether a parameter of a HOT template is hidden, as far as its unrendered text shows. If it doesn't show this, and a
 * parameter is hidden, all of them are.
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
