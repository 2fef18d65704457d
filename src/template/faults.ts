import { type KamadoError, kamadoError, limits } from '../kernel/index.ts';
import type { PatternLimit } from '../kernel/pattern/index.ts';

/** The limits that a template can exceed. The error contains the name. */
export type TemplateLimit =
  | 'templateBytes'
  | 'templateSteps'
  | 'templateDepth'
  | 'templateIntegerBits'
  | 'templateAliasedNodes'
  | 'templateLexemes'
  | PatternLimit
  | 'renderedBytes';

/** Returns TEMPLATE_INVALID at a line of the template. The reason never contains a value: values belong to tenants. */
export function invalid(template: string, line: number, reason: string): KamadoError {
  return kamadoError('TEMPLATE_INVALID', { template, line, reason });
}

/** Returns TEMPLATE_LIMIT, with the limit's name and value. */
export function beyond(template: string, limit: TemplateLimit): KamadoError {
  return kamadoError('TEMPLATE_LIMIT', { template, limit, value: limits[limit] });
}
