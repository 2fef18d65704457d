import {
  isJsonObject,
  type Json,
  type JsonObject,
  jsonTextShape,
  limits,
  parseForeignJson,
} from '../../kernel/index.ts';
import type { HttpAnswer } from './http.ts';

/** Makes the error that says what is wrong with an answer. */
export type Fault = (reason: string) => Error;

/** The JSON object that an answer holds. Its shape is measured first: parsing recurses, and many values take long. */
export function objectIn({ body }: HttpAnswer, fault: Fault): JsonObject {
  const excess = excessOf(body);
  if (excess !== null) throw fault(excess);
  const value = parseForeignJson(body);
  if (!isJsonObject(value)) throw fault(`it holds no JSON object but ${kindOfText(body)}`);
  return value;
}

/** The same, where an answer without one is an answer, too. */
export function objectOrNull({ body }: HttpAnswer): JsonObject | null {
  const value = excessOf(body) === null ? parseForeignJson(body) : undefined;
  return isJsonObject(value) ? value : null;
}

/** What of the text is beyond a limit; null where nothing is. */
function excessOf(body: string): string | null {
  const { depth, values } = jsonTextShape(body);
  if (depth > limits.stackAnswerDepth) return `its JSON is nested deeper than ${limits.stackAnswerDepth} levels`;
  if (values > limits.stackAnswerValues) return `its JSON holds more than ${limits.stackAnswerValues} values`;
  return null;
}

/** A member that is an object. */
export function objectAt(object: JsonObject, name: string, fault: Fault): JsonObject {
  const value = object[name];
  if (!isJsonObject(value)) throw fault(`${name} is no object`);
  return value;
}

/** A member that is a list. */
export function listAt(object: JsonObject, name: string, fault: Fault): readonly Json[] {
  const value = object[name];
  if (!Array.isArray(value)) throw fault(`${name} is no list`);
  return value;
}

/** A member that is a text. */
export function textAt(object: JsonObject, name: string, fault: Fault): string {
  const value = object[name];
  if (typeof value !== 'string') throw fault(`${name} is no text`);
  return value;
}

/** What a service said to people, as one line that isn't too long; '' where that is no text. */
export function lineOf(reported: Json | undefined): string {
  if (typeof reported !== 'string') return '';
  const line = reported.slice(0, limits.stackReasonLength * 2).replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ');
  return line.trim().slice(0, limits.stackReasonLength);
}

function kindOfText(body: string): string {
  if (body.trim() === '') return 'nothing';
  return /^\s*</.test(body) ? 'HTML' : 'something else';
}
