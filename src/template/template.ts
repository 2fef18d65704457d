import { type Json, type JsonObject, limits } from '../kernel/index.ts';
import { beyond } from './faults.ts';
import { render } from './renderer.ts';
import { parseStatements } from './statement-parser.ts';
import { guardedDocument, guardedHot } from './structure-guard.ts';
import type { Body } from './syntax.ts';

/** A parsed template; immutable, it can be rendered any number of times. */
export interface Template {
  readonly name: string;
  readonly body: Body;
}

/** A range of the output that came from a value: UTF-16 offsets, and the template's line. */
export interface Segment {
  readonly start: number;
  readonly end: number;
  readonly line: number;
}

export interface Rendered {
  readonly text: string;
  /** The output of expressions that aren't bare literals, in order. Empty output is left out. */
  readonly segments: readonly Segment[];
}

/**
 * Parses a template in the language of Jinja2 (see docs/templates.md). Throws TEMPLATE_INVALID with the line, and
 * TEMPLATE_LIMIT beyond `templateBytes` or `templateDepth`.
 */
export function parseTemplate(name: string, source: string): Template {
  if (Buffer.byteLength(source, 'utf8') > limits.templateBytes) throw beyond(name, 'templateBytes');
  return deepFreeze({ name, body: parseStatements(name, source) });
}

/**
 * Renders a template as Jinja2 with its default Environment would. Throws TEMPLATE_INVALID with the line if Jinja2
 * would raise, TEMPLATE_LIMIT beyond `templateSteps`, `renderedBytes` and similar limits.
 */
export function renderTemplate(template: Template, context: JsonObject): Rendered {
  const output = render(template.name, template.body, context);
  const segments = output.pieces
    .filter((piece) => piece.origin.kind !== 'template' && piece.text !== '')
    .map(({ start, end, line }) => ({ start, end, line }));
  return { text: output.text(), segments };
}

/**
 * Renders a template to YAML 1.1 and returns the document as JSON. Throws as `renderTemplate` does, and
 * TEMPLATE_STRUCTURE if a value would change the structure of the document.
 */
export function renderYaml(template: Template, context: JsonObject): Json {
  return guardedDocument(template.name, render(template.name, template.body, context));
}

/** A rendered Heat template: the text as Jinja2 renders it, and the document in it. */
export interface Guarded {
  readonly text: string;
  /**
   * The text as JSON, with aliases and merges resolved. Values that JSON can't hold (`.inf`, integers beyond 2^53) are
   * text.
   */
  readonly document: Json;
}

/**
 * Renders a Heat template (HOT, as YAML or JSON), and checks that no value changes the structure of the document.
 * Anchors, aliases and merges of the template itself are allowed. Throws as `renderYaml` does.
 */
export function renderGuarded(template: Template, context: JsonObject): Guarded {
  const output = render(template.name, template.body, context);
  return { text: output.text(), document: guardedHot(template.name, output) };
}

/** Freezes a tree. `templateDepth` limits its depth. */
function deepFreeze<Tree extends object>(tree: Tree): Tree {
  for (const part of Object.values(tree)) if (typeof part === 'object' && part !== null) deepFreeze(part);
  return Object.freeze(tree);
}
