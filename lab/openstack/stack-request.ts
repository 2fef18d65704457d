import {
  bindParameters,
  HotFault,
  hotDocument,
  pseudoParameters,
  readTemplate,
  validateTemplate,
} from '../../src/hot/index.ts';
import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/index.ts';
import { badRequest, HeatError, templateRefused, tooLarge } from './heat-error.ts';
import type { HeatStack, StackTarget } from './heat-stack.ts';
import { resourceTypes } from './resource-types.ts';

const LONGEST_TAG = 80;
/** Heat's own default. */
const LARGEST_TEMPLATE_BYTES = 524_288;

/** The parameters and tags of a nested stack: no parameters but Heat's own, no tags. */
export function nothing(stack: HeatStack): Pick<StackTarget, 'parameters' | 'tags'> {
  return { parameters: bindParameters(new Map(), {}, pseudoOf(stack)), tags: [] };
}

function pseudoOf({ id, identity }: HeatStack): JsonObject {
  return pseudoParameters({ id, name: identity.name, project: identity.project });
}

/** Checks the shape of a create or update. Returns a function that reads it for a stack. Both throw as Heat refuses. */
export function targetReader(body: JsonObject): (stack: HeatStack) => StackTarget {
  const document = refusing(() => documentOf(body.template));
  const timeoutMins = timeoutOf(body);
  const tags = tagsOf(body.tags);
  const given = body.parameters ?? {};
  if (!isJsonObject(given)) throw new HeatError(400, 'ValueError', '');
  return (stack) =>
    refusing(() => {
      const template = readTemplate(document);
      const parameters = bindParameters(template.parameters, given, pseudoOf(stack));
      validateTemplate(template, parameters, resourceTypes);
      return { template, parameters, tags, timeoutMins };
    });
}

function documentOf(given: Json | undefined): JsonObject {
  if (given === undefined || given === null) throw badRequest('No template specified');
  const bytes = typeof given === 'string' ? Buffer.byteLength(given) : 0;
  if (bytes > LARGEST_TEMPLATE_BYTES) throw tooLarge(`Template size (${bytes} bytes)`, LARGEST_TEMPLATE_BYTES);
  return hotDocument(given);
}

/** Returns the result of a task. A fault of the template or its parameters becomes a refusal of Heat. */
function refusing<Result>(task: () => Result): Result {
  try {
    return task();
  } catch (error) {
    throw error instanceof HotFault ? templateRefused(error) : error;
  }
}

/** Returns the time-out, or null if none is given. */
export function timeoutOf({ timeout_mins }: JsonObject): number | null {
  if (timeout_mins === undefined || timeout_mins === null) return null;
  const minutes = Number(timeout_mins);
  if (!Number.isInteger(minutes) || minutes < 0) throw badRequest("Only integer is acceptable by 'timeout_mins'.");
  return minutes === 0 ? null : minutes;
}

/** 'one,two' */
function tagsOf(given: Json | undefined): readonly string[] {
  if (given === undefined || given === null) return [];
  if (typeof given !== 'string') throw new HeatError(400, 'AttributeError', '');
  const tags = given.split(',');
  for (const tag of tags) {
    if (tag === '') throw badRequest('Invalid tag, "" is empty');
    if (tag.length > LONGEST_TAG) throw badRequest(`Invalid tag, "${tag}" is longer than ${LONGEST_TAG} characters`);
  }
  return tags;
}
