import type { RequestEvent, RequestHooks, RequestSubject } from '../api/index.ts';
import type { Caller } from '../database/index.ts';
import { errorText, isJsonObject, type Json, type JsonObject, limits } from '../kernel/index.ts';
import { type Action, createActionValidator, type ResourceType } from '../schema/index.ts';
import { type HookName, hookFailed } from './hook-errors.ts';
import type { LoadedHooks } from './loaded-hooks.ts';
import { type OutsideContext, runOutside } from './outside-run.ts';
import { checkedPatch, plainJson, renderedResource } from './values.ts';

/** The hooks of a catalogue around requests, for the API. */
export function requestHooks(context: OutsideContext, loaded: LoadedHooks): RequestHooks {
  const actions = createActionValidator();

  /**
   * Runs the hooks of an event one after the other; each result is passed to `onResult`, which returns the argument of the
   * next hook.
   */
  const runAll = async (
    type: ResourceType,
    event: RequestEvent,
    caller: Caller,
    makeArgument: () => object,
    onResult: (result: unknown, name: HookName) => void = () => {},
  ): Promise<void> => {
    const name = { type: type.id, hook: event };
    for (const hook of loaded.of(type.id, event)) {
      const result = await runOutside(context, name, caller, hook, makeArgument());
      if (result !== undefined && result !== null) onResult(result, name);
    }
  };

  const before = async (
    type: ResourceType,
    event: 'pre_create' | 'pre_update' | 'pre_delete',
    caller: Caller,
    subject: RequestSubject,
  ): Promise<JsonObject> => {
    let patched: JsonObject = {};
    const makeArgument = () => ({
      ...renderedSubject(type, subject),
      resource: renderedResource(type, { ...subject.resource, ...patched }),
    });
    await runAll(type, event, caller, makeArgument, (result, name) => {
      if (event === 'pre_delete') return;
      const patch = checkedPatch(type, result, name, 'its result');
      if ((patch.id ?? subject.id) !== subject.id) throw hookFailed(name, 'its result has another id');
      patched = { ...patched, ...patch };
    });
    return patched;
  };

  return {
    has: (type, event) => loaded.of(type.id, event).length > 0,
    before,
    after: async (type, event, caller, subject) => {
      try {
        await runAll(type, event, caller, () => renderedSubject(type, subject));
      } catch (error) {
        const reason = errorText(error);
        context.log.error(
          { type: type.id, hook: event, id: subject.id, reason },
          'A hook failed after the commit, which stays in force.',
        );
      }
    },
    beforeList: (type, caller) => runAll(type, 'pre_list', caller, () => ({})),
    beforeShow: (type, caller, id) => runAll(type, 'pre_show', caller, () => ({ id })),
    listed: async (type, caller, resources) => {
      let rendered = resources;
      await runAll(
        type,
        'post_list',
        caller,
        () => ({ resources: rendered }),
        (result, name) => {
          const list = answerOf(result, name);
          if (!Array.isArray(list)) throw hookFailed(name, 'its result is not a list');
          rendered = list.map((part: Json) => {
            if (isJsonObject(part)) return part;
            throw hookFailed(name, 'its result is not a list of objects');
          });
        },
      );
      return rendered;
    },
    rendered: async (type, caller, id, resource) => {
      let rendered = resource;
      await runAll(
        type,
        'post_show',
        caller,
        () => ({ id, resource: rendered }),
        (result, name) => {
          const answer = answerOf(result, name);
          if (!isJsonObject(answer)) throw hookFailed(name, 'its result is not an object');
          rendered = answer;
        },
      );
      return rendered;
    },
    hasAction: (type, action) => loaded.action(type.id, action.name) !== null,
    act: async (type, action: Action, caller, subject) => {
      const name = { type: type.id, hook: action.name };
      const hook = loaded.action(type.id, action.name);
      if (hook === null) throw hookFailed(name, 'there is no such hook');
      const { resource } = subject;
      const argument = { ...subject, resource: resource === null ? null : renderedResource(type, resource) };
      const result = await runOutside(context, name, caller, hook, argument);
      if ((result === undefined || result === null) && action.output === null) return null;
      const output = answerOf(result, name);
      const [fault] = actions.outputFaults(type, action, output);
      if (fault === undefined) return output;
      throw hookFailed(name, `its output${fault.pointer === '' ? '' : ` at ${fault.pointer}`}: ${fault.reason}`);
    },
  };
}

function renderedSubject(type: ResourceType, { id, resource, previous }: RequestSubject): RequestSubject {
  const argument = { id, resource: renderedResource(type, resource) };
  return previous === undefined ? argument : { ...argument, previous: renderedResource(type, previous) };
}

/** The output of a hook, as JSON. @throws HOOK_FAILED if it isn't JSON, or too large */
function answerOf(result: unknown, name: HookName): Json {
  const answer = plainJson(result);
  if (answer === undefined) throw hookFailed(name, 'its result is not JSON');
  if (Buffer.byteLength(JSON.stringify(answer)) > limits.hookAnswerBytes)
    throw hookFailed(name, 'its result is too large');
  return answer;
}
