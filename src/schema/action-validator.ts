import { type Fault, isKamadoError, type Json, type JsonObject } from '../kernel/index.ts';
import type { Action } from './action.ts';
import type { ResourceType } from './model.ts';
import { validationSchema } from './property-schema.ts';
import { type SchemaCheck, SchemaCompiler } from './schema-compiler.ts';
import { faultOf, validationFailed } from './validation-faults.ts';

/** The validator of inputs and outputs of actions. */
export interface ActionValidator {
  /** @throws VALIDATION_FAILED with a JSON pointer for each fault */
  readonly checkInput: (type: ResourceType, action: Action, input: Json) => void;
  /** Returns the faults of an output; never a value. */
  readonly outputFaults: (type: ResourceType, action: Action, output: Json) => readonly Fault[];
}

/** The input schema of an action that declares none. */
const nothing: JsonObject = { type: 'object', additionalProperties: false };

/** Returns a validator for actions. Each schema is compiled on first use. */
export function createActionValidator(): ActionValidator {
  const compiler = new SchemaCompiler();
  const compiled = new Map<string, SchemaCheck>();
  const faults = (key: string, schema: JsonObject, value: Json): readonly Fault[] => {
    const errorsOf = compiled.get(key) ?? compiler.compile(validationSchema(schema));
    compiled.set(key, errorsOf);
    return errorsOf(value).flatMap((error) => faultOf(error, null, 'create'));
  };
  return {
    checkInput: (type, action, input) => {
      const found = faults(`${type.id} ${action.name} input`, action.input ?? nothing, input);
      if (found.length > 0) throw validationFailed(type, found);
    },
    outputFaults: (type, action, output) => {
      if (action.output === null) return [];
      try {
        return faults(`${type.id} ${action.name} output`, action.output, output);
      } catch (error) {
        // A costly output is not the client's fault.
        if (isKamadoError(error, 'PATTERN_TOO_COSTLY')) return [{ pointer: '', reason: error.message }];
        throw error;
      }
    },
  };
}

/** Returns why a schema of an action can't be used, or null. */
export function actionSchemaFault(schema: JsonObject): string | null {
  return new SchemaCompiler().schemaFault(validationSchema(schema));
}
