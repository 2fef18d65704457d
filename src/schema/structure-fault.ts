import type { ErrorObject } from 'ajv';
import { didYouMean, type Fault, isJsonObject } from '../kernel/index.ts';
import { patternFault } from '../kernel/pattern/index.ts';

/**
 * Returns the fault for a part of a catalogue's file that doesn't conform to its language: the place and the reason;
 * never a value.
 */
export function structureFault(error: ErrorObject): Fault {
  return { pointer: pointerOf(error), reason: reasonOf(error) };
}

function pointerOf(error: ErrorObject): string {
  const key: unknown = error.keyword === 'additionalProperties' ? error.params.additionalProperty : error.propertyName;
  return typeof key === 'string' ? `${error.instancePath}/${key}` : error.instancePath;
}

function reasonOf(error: ErrorObject): string {
  if (error.keyword === 'additionalProperties') {
    const known = isJsonObject(error.parentSchema?.properties) ? Object.keys(error.parentSchema.properties) : [];
    return `unknown key${didYouMean(String(error.params.additionalProperty), known)}`;
  }
  if (error.keyword === 'required') return `the key ${error.params.missingProperty} is missing`;
  if (error.keyword === 'enum') return `one of ${JSON.stringify(error.params.allowedValues)} is expected`;
  if (error.keyword === 'format' && error.params.format === 'regex')
    return `a regular expression is expected: ${patternFault(String(error.data))}`;
  if (error.keyword === 'pattern' || error.keyword === 'not') return 'this name is not allowed';
  return error.message ?? error.keyword;
}
