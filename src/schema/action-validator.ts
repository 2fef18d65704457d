import { type Fault, isKamadoError, type Json, type JsonObject } from '../kernel/index.ts';
import type { Action } from './action.ts';
import type { ResourceType } from './model.ts';
import { validationSchema } from './property-schema.ts';
import { type SchemaCheck, SchemaCompiler } from './schema-compiler.ts';
import { faultOf, validationFailed } from './validation-faults.ts';

/** Checks what goes into the actions of types, and what comes out. */
export interface ActionValidator {
  /** @throws VALIDATION_FAILED with a JSON pointer for each fault */
  readonly checkInput: (type: ResourceType, action: Action, input: Json) => void;
  /** What is wrong with an answer; never a value. */
  readonly outputFaults: (type: ResourceType, action: Action, output: Json) => readonly Fault[];
}

/** Of an action whose schema says nothing about its input. */
const nothing: JsonObject = { type: 'object', additionalProperties: false };

/** A validator for actions; each schema is compiled when it is first used. */
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
        // It isn't the client who sent too much.
        if (isKamadoError(error, 'PATTERN_TOO_COSTLY')) return [{ pointer: '', reason: error.message }];
        throw error;
      }
    },
  };
}

/** Why a schema of an action can't be used, or null. */
export function actionSchemaFault(schema: JsonObject): string | null {
  return new SchemaCompiler().schemaFault(validationSchema(schema));
}
