import {
  isJsonObject,
  type Json,
  type JsonObject,
  jsonTextShape,
  limits,
  parseForeignJson,
} from '../../kernel/index.ts';
import type { HttpAnswer } from './http.ts';

/** Makes the error for a fault of an answer. */
export type Fault = (reason: string) => Error;

/** Returns the JSON object in an answer. Its shape is measured first: parsing recurses, and many values take long. */
export function objectIn({ body }: HttpAnswer, fault: Fault): JsonObject {
  const excess = excessOf(body);
  if (excess !== null) throw fault(excess);
  const value = parseForeignJson(body);
  if (!isJsonObject(value)) throw fault(`it holds no JSON object, but ${kindOfText(body)}`);
  return value;
}

/** The same for answers that may be without an object. */
export function objectOrNull({ body }: HttpAnswer): JsonObject | null {
  const value = excessOf(body) === null ? parseForeignJson(body) : undefined;
  return isJsonObject(value) ? value : null;
}

/** Returns the exceeded limit of the text, or null. */
function excessOf(body: string): string | null {
  const { depth, values } = jsonTextShape(body);
  if (depth > limits.stackAnswerDepth) return `its JSON is nested deeper than ${limits.stackAnswerDepth} levels`;
  if (values > limits.stackAnswerValues) return `its JSON holds more than ${limits.stackAnswerValues} values`;
  return null;
}

/** Returns a member that is an object. */
export function objectAt(object: JsonObject, name: string, fault: Fault): JsonObject {
  const value = object[name];
  if (!isJsonObject(value)) throw fault(`${name} is not an object`);
  return value;
}

/** Returns a member that is a list. */
export function listAt(object: JsonObject, name: string, fault: Fault): readonly Json[] {
  const value = object[name];
  if (!Array.isArray(value)) throw fault(`${name} is not a list`);
  return value;
}

/** Returns a member that is a text. */
export function textAt(object: JsonObject, name: string, fault: Fault): string {
  const value = object[name];
  if (typeof value !== 'string') throw fault(`${name} is not a text`);
  return value;
}

/** Returns a service's message for people as one line of limited length; '' if it isn't a text. */
export function lineOf(message: Json | undefined): string {
  if (typeof message !== 'string') return '';
  const line = message.slice(0, limits.stackReasonLength * 2).replaceAll(/[\s\p{Cc}\p{Cs}]+/gu, ' ');
  return line.trim().slice(0, limits.stackReasonLength);
}

function kindOfText(body: string): string {
  if (body.trim() === '') return 'nothing';
  return /^\s*</.test(body) ? 'HTML' : 'something else';
}
