import { isJsonObject, type Json } from '../../kernel/index.ts';
import { type Job, resourceKey, TEMPLATE_TYPE } from '../../records/index.ts';
import { type Model, templateIdOf } from '../../schema/index.ts';

/** A record in the store that a job needs. */
export interface Needed {
  readonly key: string;
  readonly what: string;
}

/** The template of a job, and the stacks whose outputs its parameters use. */
export function neededBy(job: Job, model: Model): readonly Needed[] {
  const template = templateIdOf(model, job);
  const url = model.types.get(TEMPLATE_TYPE)?.url;
  const isKnown = template !== null && url !== undefined;
  const sources = job.params.flatMap(({ type, value }) => sourcesIn(type, value));
  return [
    ...(isKnown ? [{ key: resourceKey('config', url, template), what: `the template ${template}` }] : []),
    ...sources.flatMap(({ type, id }) => {
      const of = model.types.get(type)?.url;
      return of === undefined ? [] : [{ key: resourceKey('heatStack', of, id), what: `the stack of ${type}:${id}` }];
    }),
  ];
}

function sourcesIn(kind: Json | undefined, value: Json): readonly { readonly type: string; readonly id: string }[] {
  if (kind === 'list' && Array.isArray(value)) {
    return value.flatMap((part: Json) => (isJsonObject(part) ? sourcesIn(part.type, part.value ?? null) : []));
  }
  const { resource_type: type, resource_id: id } = isJsonObject(value) && kind === 'output_key' ? value : {};
  return typeof type === 'string' && typeof id === 'string' ? [{ type, id }] : [];
}
