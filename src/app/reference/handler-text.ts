import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { MASK } from '../../kernel/secret.ts';
import { possibleTexts } from '../../model/mapping-outcomes.ts';
import { parseMapping } from '../../model/mapping-parser.ts';
import { mappingText } from '../../model/mapping-text.ts';
import type { HandlerBinding, HandlerRetry, ResourceType } from '../../model/model.ts';
import { isSecretName } from '../../model/secret-names.ts';
import { TEMPLATE_TYPE } from '../../records/keys.ts';
import type { CatalogRow } from '../catalog-rows.ts';
import { code, table, value } from './markdown.ts';

/** Who works on a type, in order: each handler with its templates, and where their parameters come from. */
export function handlersText(type: ResourceType, rows: readonly CatalogRow[]): readonly string[] {
  return type.handlers.flatMap((binding, i) => handlerText(type, binding, i + 1, rows));
}

function handlerText(
  type: ResourceType,
  { handler, template, retry }: HandlerBinding,
  number: number,
  rows: readonly CatalogRow[],
): readonly string[] {
  const ids = [...new Set(possibleTexts(template, type))];
  const isFixed = template.kind === 'constant';
  const named = isFixed ? '' : `, with the template named ${mappingText(template, { name: code, value })}`;
  const alone = isFixed && ids.length === 0 ? ', without a template' : '';
  const heading = `Handler ${number}: ${code(handler)}${named}${alone}${retryText(retry)}.`;
  return [heading, ...ids.flatMap((id) => templateText(id, rows))];
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

function templateText(id: string, rows: readonly CatalogRow[]): readonly string[] {
  const row = rows.find((candidate) => candidate.type === TEMPLATE_TYPE && candidate.id === id);
  if (row === undefined) return [`Template ${code(id)}, which is not part of the catalogue.`];
  const mappings: JsonObject = isJsonObject(row.body.parameter_mappings) ? row.body.parameter_mappings : {};
  const parameters = Object.entries(mappings).map(([name, source]) => {
    const shown = isSecretName(name) ? () => code(MASK) : value;
    return [code(name), mappingText(parseMapping(source, name), { name: code, value: shown })];
  });
  if (parameters.length === 0) return [`Template ${code(id)}, without parameters.`];
  return [`Template ${code(id)}:`, table(['parameter', 'comes from'], parameters)];
}
