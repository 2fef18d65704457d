import { isJsonObject, type Json } from '../kernel/index.ts';

/** A resource that a function in a value names, and the attribute that it asks for; null: the resource itself. */
export interface ResourceReference {
  readonly resource: string;
  readonly attribute: string | null;
}

/** The resources that the functions in a value refer to. */
export function referencesIn(value: Json): readonly ResourceReference[] {
  if (Array.isArray(value)) return value.flatMap(referencesIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => [...referenceOf(key, member), ...referencesIn(member)]);
}

function referenceOf(key: string, given: Json): readonly ResourceReference[] {
  if (key === 'get_resource' && typeof given === 'string') return [{ resource: given, attribute: null }];
  if (key !== 'get_attr' || !Array.isArray(given)) return [];
  const [resource, attribute] = given;
  if (typeof resource !== 'string') return [];
  return [{ resource, attribute: typeof attribute === 'string' ? attribute : null }];
}

/** The parameters that the functions in a value name. */
export function parametersIn(value: Json): readonly string[] {
  if (Array.isArray(value)) return value.flatMap(parametersIn);
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    if (key !== 'get_param') return parametersIn(member);
    const [first]: readonly (Json | undefined)[] = Array.isArray(member) ? member : [member];
    return typeof first === 'string' ? [first] : parametersIn(member);
  });
}
