import { Ajv2020 } from 'ajv/dist/2020.js';
import { formats } from './formats.ts';

/**
 * A validator of JSON Schema 2020-12 with the formats of the house. It lists all errors with the data that they are
 * about (for its type; the data itself is never shown), and sees only an object's own properties.
 */
export function createAjv(): Ajv2020 {
  const ajv = new Ajv2020({ allErrors: true, verbose: true, strict: false, ownProperties: true });
  for (const [name, check] of formats) ajv.addFormat(name, check);
  return ajv;
}
