import { isJsonObject, type Json, type JsonObject, textOrEmpty } from '../kernel/index.ts';
import type { ResourceType } from './model.ts';

/** The methods that an action can have. */
export const actionMethods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

/** An operation on a resource, or on a type, besides changing it (compatibility A5). */
export interface Action {
  readonly name: string;
  readonly method: (typeof actionMethods)[number];
  /** The path after the URL of the type: '/:id/reboot'. */
  readonly path: string;
  /** Whether the action is about one resource. */
  readonly member: boolean;
  readonly description: string;
  /** The JSON Schema of the input. null: there is no input. */
  readonly input: JsonObject | null;
  /** The JSON Schema of the output. null: the output is not described. */
  readonly output: JsonObject | null;
}

/** The actions of a type, in the order of its schema. */
export function actionsOf({ document: { actions } }: Pick<ResourceType, 'document'>): readonly Action[] {
  return Object.entries(isJsonObject(actions) ? actions : {}).flatMap(([name, source]) => {
    if (!isJsonObject(source)) return [];
    const method = actionMethods.find((known) => known === source.method);
    const path = textOrEmpty(source.path);
    if (method === undefined || path === '') return [];
    const member = path.startsWith('/:id/');
    const [input, output] = [objectOf(source.input), objectOf(source.output)];
    return [{ name, method, path, member, description: textOrEmpty(source.description), input, output }];
  });
}

function objectOf(value: Json | undefined): JsonObject | null {
  return isJsonObject(value) ? value : null;
}
