import { isJsonObject, type JsonObject } from '../kernel/index.ts';
import { isSecretParameter, type Model } from '../schema/index.ts';
import { hiddenParameters } from '../template/index.ts';

const known = new WeakMap<Model, WeakMap<JsonObject, Map<string, ReadonlySet<string>>>>();

/**
 * The secret parameters of a template for resources of a type: those whose mappings end in a secret, whose names
 * indicate one, or that the template hides. The result is cached per template.
 */
export function secretParameters(model: Model, typeId: string, template: JsonObject): ReadonlySet<string> {
  const ofModel = known.get(model) ?? new WeakMap<JsonObject, Map<string, ReadonlySet<string>>>();
  known.set(model, ofModel);
  const byType = ofModel.get(template) ?? new Map<string, ReadonlySet<string>>();
  ofModel.set(template, byType);
  let secret = byType.get(typeId);
  if (secret === undefined) {
    secret = found(model, typeId, template);
    byType.set(typeId, secret);
  }
  return secret;
}

function found(model: Model, typeId: string, template: JsonObject): ReadonlySet<string> {
  const { parameter_mappings: mappings, template_file: source } = template;
  const isHidden = hiddenParameters(typeof source === 'string' ? source : '');
  const secret = Object.entries(isJsonObject(mappings) ? mappings : {}).filter(([param, mapping]) => {
    return isHidden(param) || isSecretParameter(param, mapping, model, typeId);
  });
  return new Set(secret.map(([param]) => param));
}
