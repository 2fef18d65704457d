import { isKamadoError } from '../../src/kernel/errors.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { type Guarded, parseTemplate, renderGuarded, renderTemplate, renderYaml } from '../../src/template/template.ts';

export function text(source: string, context: JsonObject = {}): string {
  return renderTemplate(parseTemplate('t', source), context).text;
}

export function yaml(source: string, context: JsonObject = {}): Json {
  return renderYaml(parseTemplate('t', source), context);
}

export function hot(source: string, context: JsonObject = {}): Guarded {
  return renderGuarded(parseTemplate('t', source), context);
}

/** The catalogue code that this throws; anything else that it throws goes on. */
export function codeOf(task: () => unknown): string {
  try {
    task();
    return 'nothing thrown';
  } catch (error) {
    if (isKamadoError(error)) return error.code;
    throw error;
  }
}
