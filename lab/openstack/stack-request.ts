import { isJsonObject, type Json, type JsonObject } from '../../src/kernel/json.ts';
import { badRequest, HeatError } from './heat-error.ts';
import type { HeatStack, StackTarget } from './heat-stack.ts';
import { bindParameters } from './hot-parameters.ts';
import { readTemplate, templateObject } from './hot-template.ts';
import { validateTemplate } from './hot-validation.ts';

const LONGEST_TAG = 80;

/** What a nested stack has: no parameters but Heat's own, no tags. */
export function nothing(stack: HeatStack): Pick<StackTarget, 'parameters' | 'tags'> {
  return { parameters: bindParameters(new Map(), {}, pseudoParameters(stack)), tags: [] };
}

/** The parameters that every stack has. */
function pseudoParameters({ id, identity }: HeatStack): JsonObject {
  return { 'OS::stack_id': id, 'OS::project_id': identity.project, 'OS::stack_name': identity.name };
}

/** Checks the shape of a create or update; then what it says can be read for a stack. Both throw as Heat refuses. */
export function targetReader(body: JsonObject): (stack: HeatStack) => StackTarget {
  const object = templateObject(body.template);
  const timeoutMins = timeoutOf(body);
  const tags = tagsOf(body.tags);
  const given = body.parameters ?? {};
  if (!isJsonObject(given)) throw new HeatError(400, 'ValueError', '');
  return (stack) => {
    const template = readTemplate(object);
    const parameters = bindParameters(template.parameters, given, pseudoParameters(stack));
    validateTemplate(template, parameters);
    return { template, parameters, tags, timeoutMins };
  };
}

/** null: it isn't said. */
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
