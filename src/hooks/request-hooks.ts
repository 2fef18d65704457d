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

  /** Runs the hooks of an event one after the other; each result is given to `take`, which gives what the next is told. */
  const runAll = async (
    type: ResourceType,
    event: RequestEvent,
    caller: Caller,
    tell: () => object,
    take: (result: unknown, name: HookName) => void = () => {},
  ): Promise<void> => {
    const name = { type: type.id, hook: event };
    for (const hook of loaded.of(type.id, event)) {
      const result = await runOutside(context, name, caller, hook, tell());
      if (result !== undefined && result !== null) take(result, name);
    }
  };

  const before = async (
    type: ResourceType,
    event: 'pre_create' | 'pre_update' | 'pre_delete',
    caller: Caller,
    subject: RequestSubject,
  ): Promise<JsonObject> => {
    let wanted: JsonObject = {};
    const tell = () => ({
      ...renderedSubject(type, subject),
      resource: renderedResource(type, { ...subject.resource, ...wanted }),
    });
    await runAll(type, event, caller, tell, (result, name) => {
      if (event === 'pre_delete') return;
      const patch = checkedPatch(type, result, name, 'what it returns');
      if ((patch.id ?? subject.id) !== subject.id) throw hookFailed(name, 'what it returns has another id');
      wanted = { ...wanted, ...patch };
    });
    return wanted;
  };

  return {
    has: (type, event) => loaded.of(type.id, event).length > 0,
    before,
    after: async (type, event, caller, subject) => {
      try {
        await runAll(type, event, caller, () => renderedSubject(type, subject));
      } catch (error) {
        const reason = errorText(error);
        context.log.error({ type: type.id, hook: event, id: subject.id, reason }, 'What was committed stands.');
      }
    },
    beforeList: (type, caller) => runAll(type, 'pre_list', caller, () => ({})),
    beforeShow: (type, caller, id) => runAll(type, 'pre_show', caller, () => ({ id })),
    listed: async (type, caller, resources) => {
      let shown = resources;
      await runAll(
        type,
        'post_list',
        caller,
        () => ({ resources: shown }),
        (result, name) => {
          const list = answerOf(result, name);
          if (!Array.isArray(list)) throw hookFailed(name, 'what it returns is no list');
          shown = list.map((part: Json) => {
            if (isJsonObject(part)) return part;
            throw hookFailed(name, 'what it returns is no list of objects');
          });
        },
      );
      return shown;
    },
    rendered: async (type, caller, id, resource) => {
      let shown = resource;
      await runAll(
        type,
        'post_show',
        caller,
        () => ({ id, resource: shown }),
        (result, name) => {
          const answer = answerOf(result, name);
          if (!isJsonObject(answer)) throw hookFailed(name, 'what it returns is no object');
          shown = answer;
        },
      );
      return shown;
    },
    hasAction: (type, action) => loaded.action(type.id, action.name) !== null,
    act: async (type, action: Action, caller, subject) => {
      const name = { type: type.id, hook: action.name };
      const hook = loaded.action(type.id, action.name);
      if (hook === null) throw hookFailed(name, 'there is no such hook');
      const { resource } = subject;
      const reported = { ...subject, resource: resource === null ? null : renderedResource(type, resource) };
      const result = await runOutside(context, name, caller, hook, reported);
      if ((result === undefined || result === null) && action.output === null) return null;
      const output = answerOf(result, name);
      const [fault] = actions.outputFaults(type, action, output);
      if (fault === undefined) return output;
      throw hookFailed(name, `its output${fault.pointer === '' ? '' : ` at ${fault.pointer}`}: ${fault.reason}`);
    },
  };
}

function renderedSubject(type: ResourceType, { id, resource, previous }: RequestSubject): RequestSubject {
  const reported = { id, resource: renderedResource(type, resource) };
  return previous === undefined ? reported : { ...reported, previous: renderedResource(type, previous) };
}

/** What a hook answers, as JSON. @throws HOOK_FAILED if it is something else, or too large */
function answerOf(result: unknown, name: HookName): Json {
  const answer = plainJson(result);
  if (answer === undefined) throw hookFailed(name, 'what it returns is no JSON');
  if (Buffer.byteLength(JSON.stringify(answer)) > limits.hookAnswerBytes)
    throw hookFailed(name, 'what it returns is too large');
  return answer;
}
