import type { Model, ResourceType } from '../../src/schema/model.ts';
import { typeOf, workModel } from '../support/work.ts';

/** The type whose handlers are tried again when they fail. */
const tenacious = withRetries(typeOf('both'));

/** The model of every run: types of every kind that the controller treats in a way of its own. */
export const model: Model = {
  ...workModel,
  types: new Map([...workModel.types, [tenacious.id, tenacious]]),
  byUrl: new Map([...workModel.byUrl, [tenacious.url, tenacious]]),
};

function withRetries(type: ResourceType): ResourceType {
  const retry = { attempts: 2, firstDelayMs: 400, longestDelayMs: 5_000 };
  return { ...type, handlers: type.handlers.map((binding) => ({ ...binding, retry })) };
}
