import type { CatalogRow } from '../catalog/index.ts';
import { isJsonObject, type JsonObject, MASK } from '../kernel/index.ts';
import { TEMPLATE_TYPE } from '../records/index.ts';
import {
  type HandlerBinding,
  type HandlerRetry,
  mappingText,
  parseMapping,
  possibleTexts,
  type ResourceType,
} from '../schema/index.ts';
import { isSecretName } from '../schema/secrets/index.ts';
import type { TypeStyle } from './type-style.ts';

/** The description of a handler of a type, and the templates that it may use. */
export interface HandlerWords {
  readonly text: string;
  readonly templates: readonly TemplateWords[];
}

/** A template, and the sources of its parameters. */
export interface TemplateWords {
  readonly text: string;
  readonly parameters: readonly (readonly [name: string, source: string])[];
}

/** Describes the handlers of a type, in order. */
export function handlersText(
  type: ResourceType,
  rows: readonly CatalogRow[],
  style: TypeStyle,
): readonly HandlerWords[] {
  return type.handlers.map((binding, i) => handlerText(type, binding, i + 1, rows, style));
}

function handlerText(
  type: ResourceType,
  { handler, template, retry }: HandlerBinding,
  number: number,
  rows: readonly CatalogRow[],
  style: TypeStyle,
): HandlerWords {
  const ids = [...new Set(possibleTexts(template, type))];
  const isFixed = template.kind === 'constant';
  const named = isFixed ? '' : `, with the template named ${mappingText(template, style)}`;
  const alone = isFixed && ids.length === 0 ? ', without a template' : '';
  const text = `Handler ${number}: ${style.name(handler)}${named}${alone}${retryText(retry)}.`;
  return { text, templates: ids.map((id) => templateText(id, rows, style)) };
}

function retryText(retry: HandlerRetry | null): string {
  if (retry === null) return '';
  const { attempts, firstDelayMs, longestDelayMs } = retry;
  const times = attempts === 1 ? 'once' : `${attempts} times`;
  const pauses =
    firstDelayMs === longestDelayMs ? seconds(firstDelayMs) : `${seconds(firstDelayMs)} to ${seconds(longestDelayMs)}`;
  return `; a job that fails is tried again ${times}, after pauses of ${pauses}`;
}

function seconds(ms: number): string {
  return `${ms / 1_000} s`;
}

function templateText(id: string, rows: readonly CatalogRow[], style: TypeStyle): TemplateWords {
  const row = rows.find((candidate) => candidate.type === TEMPLATE_TYPE && candidate.id === id);
  const named = `Template ${style.name(id)}`;
  if (row === undefined) return { text: `${named}, which is not part of the catalogue.`, parameters: [] };
  const mappings: JsonObject = isJsonObject(row.body.parameter_mappings) ? row.body.parameter_mappings : {};
  const parameters = Object.entries(mappings).map(([name, source]) => {
    const shown = isSecretName(name) ? { ...style, value: () => style.name(MASK) } : style;
    return [style.name(name), mappingText(parseMapping(source, name), shown)] as const;
  });
  return { text: parameters.length === 0 ? `${named}, without parameters.` : `${named}:`, parameters };
}
