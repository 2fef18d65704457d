import { isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { isTrue } from './boolean-words.ts';

/** A parameter as a template declares it. */
export interface ParameterSchema {
  readonly type: string;
  /** undefined: a value has to be given. */
  readonly default: Json | undefined;
  /** True: its value is never shown. */
  readonly isHidden: boolean;
  readonly constraints: readonly Json[];
}

/** Reads the declaration of a parameter. */
export function parameterSchema({ type, default: initial, hidden, constraints }: JsonObject): ParameterSchema {
  return {
    type: typeof type === 'string' ? type : 'string',
    default: initial,
    isHidden: isTrue(hidden),
    constraints: Array.isArray(constraints) ? constraints : [],
  };
}

/** The parameters that a document declares, as far as it can be read. Heat itself refuses faults in it. */
export function documentParameters(document: Json): ReadonlyMap<string, ParameterSchema> {
  const section = isJsonObject(document) ? document.parameters : undefined;
  const declarations = isJsonObject(section) ? Object.entries(section) : [];
  return new Map(declarations.map(([name, body]) => [name, parameterSchema(isJsonObject(body) ? body : {})]));
}

/** Whether a document is HOT, of any version. */
export function isHotDocument(document: Json): boolean {
  return isJsonObject(document) && document.heat_template_version !== undefined;
}
