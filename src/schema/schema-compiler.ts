import { _, type ErrorObject, str } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Json, JsonObject } from '../kernel/index.ts';
import { operatorPattern, PatternBudget } from '../kernel/pattern/index.ts';
import { formats } from './formats.ts';
import { isMultipleOf } from './multiple-of.ts';
import { structureFault } from './structure-fault.ts';

/** Returns the errors of a value under a schema, none if it is valid. @throws PATTERN_TOO_COSTLY */
export type SchemaCheck = (value: unknown) => readonly ErrorObject[];

const options = { allErrors: true, verbose: true, strict: false } as const;

/** Checks schemas against the meta-schema. Made when the first one is checked: compiling the meta-schema takes 100 ms. */
let metaSchemas: Ajv2020 | undefined;

/**
 * Compiles JSON Schema 2020-12 with the formats of the product. Checks list all errors with the data that they are
 * about (for its type; the data itself is never printed), read only an object's own properties, match patterns in
 * linear time within the budget of one value, and compare decimals exactly.
 */
export class SchemaCompiler {
  readonly #ajv: Ajv2020;
  readonly #budget = new PatternBudget();

  constructor() {
    const regExp = Object.assign((source: string) => this.#tester(source), { code: 'pattern' });
    this.#ajv = new Ajv2020({ ...options, ownProperties: true, code: { regExp }, meta: false, validateSchema: false });
    for (const [name, check] of formats) this.#ajv.addFormat(name, check);
    // The keyword of ajv divides doubles: 19.99 would be no multiple of 0.01.
    this.#ajv.removeKeyword('multipleOf');
    this.#ajv.addKeyword({
      keyword: 'multipleOf',
      type: 'number',
      schemaType: 'number',
      validate: (factor: number, value: number) => isMultipleOf(value, factor),
      error: {
        message: ({ schemaCode }) => str`must be multiple of ${schemaCode}`,
        params: ({ schemaCode }) => _`{multipleOf: ${schemaCode}}`,
      },
    });
  }

  /** Compiles a schema that is used for many values. Throws if it isn't a schema: `schemaFault` says why. */
  compile(schema: JsonObject): SchemaCheck {
    const validate = this.#ajv.compile(schema);
    return (value) => {
      this.#budget.renew();
      return validate(value) ? [] : (validate.errors ?? []);
    };
  }

  /** Whether one value is valid, for a schema that isn't used again. */
  isValid(schema: JsonObject, value: Json): boolean {
    const errors = this.compile(schema)(value);
    this.#ajv.removeSchema(schema);
    return errors.length === 0;
  }

  /** Returns why something isn't a schema, with the place in it. null if it is one. */
  schemaFault(schema: JsonObject): string | null {
    try {
      metaSchemas ??= new Ajv2020(options);
      if (metaSchemas.validateSchema(schema) === true) {
        this.compile(schema);
        return null;
      }
    } catch (error) {
      return error instanceof Error ? error.message : 'it is not a JSON Schema';
    }
    const [first] = metaSchemas.errors ?? [];
    if (first === undefined) return 'it is not a JSON Schema';
    const { pointer, reason } = structureFault(first);
    return `${pointer}: ${reason}`;
  }

  /** Returns a pattern in the form that the compiler's code expects. Its text distinguishes it from others. */
  #tester(source: string): { readonly test: (text: string) => boolean; readonly toString: () => string } {
    const pattern = operatorPattern(source);
    return { test: (text) => this.#budget.finds(pattern, text), toString: () => source };
  }
}
