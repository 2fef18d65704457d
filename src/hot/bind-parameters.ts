import type { Json, JsonObject } from '../kernel/index.ts';
import { HotFault } from './hot-fault.ts';
import type { ParameterSchema } from './parameter-schema.ts';
import { parameterText, parameterValue } from './parameter-value.ts';

/** The parameters of a stack: their values, and as they may be shown. */
export interface BoundParameters {
  readonly values: ReadonlyMap<string, Json>;
  /** Every one as text; hidden ones masked. */
  readonly shown: JsonObject;
}

const HIDDEN = '******';

/** No parameters, not even pseudo parameters. */
export const noParameters: BoundParameters = { values: new Map(), shown: {} };

/** Binds what was given to what a template declares. `pseudo` are the pseudo parameters. Throws HotFault. */
export function bindParameters(
  schemas: ReadonlyMap<string, ParameterSchema>,
  given: JsonObject,
  pseudo: JsonObject,
): BoundParameters {
  for (const name of Object.keys(given)) {
    if (schemas.has(name)) continue;
    throw new HotFault('unknown_parameter', `The Parameter (${name}) was not defined in template.`);
  }
  const values = new Map<string, Json>(Object.entries(pseudo));
  const shown = new Map<string, Json>(values);
  for (const [name, schema] of schemas) {
    const raw = (Object.hasOwn(given, name) ? given[name] : undefined) ?? schema.default;
    if (raw === undefined) throw new HotFault('missing_parameter', `The Parameter (${name}) was not provided.`);
    const value = parameterValue(name, schema, raw);
    values.set(name, value);
    shown.set(name, schema.isHidden ? HIDDEN : parameterText(value));
  }
  return { values, shown: Object.fromEntries(shown) };
}
