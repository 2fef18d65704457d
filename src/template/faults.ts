import { type KamadoError, kamadoError, limits } from '../kernel/index.ts';
import type { PatternLimit } from '../kernel/pattern/index.ts';

/** The limits that a template can meet; the name stands in the error. */
export type TemplateLimit =
  | 'templateBytes'
  | 'templateSteps'
  | 'templateDepth'
  | 'templateIntegerBits'
  | 'templateAliasedNodes'
  | 'templateLexemes'
  | PatternLimit
  | 'renderedBytes';

/** TEMPLATE_INVALID at a line of the template. The reason never holds a value: those are the tenants'. */
export function invalid(template: string, line: number, reason: string): KamadoError {
  return kamadoError('TEMPLATE_INVALID', { template, line, reason });
}

/** TEMPLATE_LIMIT, with the limit's name and value. */
export function beyond(template: string, limit: TemplateLimit): KamadoError {
  return kamadoError('TEMPLATE_LIMIT', { template, limit, value: limits[limit] });
}
