import { parse, YAMLError } from 'yaml';
import { errorText, isJsonObject, type Json, type JsonObject } from '../kernel/index.ts';
import { formatFault } from './hot-fault.ts';

/** The document that is given as an object already, or as YAML or JSON text. Throws HotFault. */
export function hotDocument(given: Json): JsonObject {
  const value = typeof given === 'string' ? parsed(given) : given;
  if (value === null) throw formatFault('Template format version not found.');
  if (!isJsonObject(value)) throw formatFault('The template is not a JSON object or YAML mapping.');
  return value;
}

function parsed(text: string): Json {
  try {
    // Dates stay text: the version of a template is one.
    const options = { schema: 'core', logLevel: 'error', maxAliasCount: 100, intAsBigInt: true } as const;
    return parse(text, (_key, value: unknown) => (typeof value === 'bigint' ? integer(value) : value), options) as Json;
  } catch (error) {
    const reason = error instanceof YAMLError ? error.message : errorText(error);
    throw formatFault(`Error parsing template [root stack] ${reason}`);
  }
}

/** Heat's integers are unlimited. One that a number can't hold becomes a text with the same digits. */
function integer(value: bigint): number | string {
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
}
