import type { Caller } from '../database/index.ts';
import type { Json, JsonObject } from '../kernel/index.ts';
import type { Action, ResourceType } from '../schema/index.ts';

/** The moments of a request, outside of its transaction, at which a type's hooks run (compatibility A7). */
export type RequestEvent =
  | 'pre_create'
  | 'post_create'
  | 'pre_update'
  | 'post_update'
  | 'pre_delete'
  | 'post_delete'
  | 'pre_list'
  | 'post_list'
  | 'pre_show'
  | 'post_show';

/** The resource that a request is about. */
export interface RequestSubject {
  readonly id: string;
  /** Before a write the resource as it will be, after it as it is; in a deletion as it was. */
  readonly resource: JsonObject;
  /** In an update, the resource before it. */
  readonly previous?: JsonObject;
}

/** The input of an action. */
export interface ActionSubject {
  /** null if its path has no :id. */
  readonly id: string | null;
  readonly resource: JsonObject | null;
  readonly input: Json;
}

/** The hooks of a catalogue that run around requests. Each throws HOOK_REFUSED, HOOK_FAILED, HOOK_TIMED_OUT. */
export interface RequestHooks {
  readonly has: (type: ResourceType, event: RequestEvent) => boolean;
  /** Runs before a write; returns the properties that the hooks set. */
  readonly before: (
    type: ResourceType,
    event: 'pre_create' | 'pre_update' | 'pre_delete',
    caller: Caller,
    subject: RequestSubject,
  ) => Promise<JsonObject>;
  /** Runs after a write. The write is kept whatever the hooks do: this doesn't throw. */
  readonly after: (
    type: ResourceType,
    event: 'post_create' | 'post_update' | 'post_delete',
    caller: Caller,
    subject: RequestSubject,
  ) => Promise<void>;
  readonly beforeList: (type: ResourceType, caller: Caller) => Promise<void>;
  readonly beforeShow: (type: ResourceType, caller: Caller, id: string) => Promise<void>;
  /** The rendered resources: unchanged if no hook changes them. */
  readonly listed: (
    type: ResourceType,
    caller: Caller,
    resources: readonly JsonObject[],
  ) => Promise<readonly JsonObject[]>;
  readonly rendered: (type: ResourceType, caller: Caller, id: string, resource: JsonObject) => Promise<JsonObject>;
  readonly hasAction: (type: ResourceType, action: Action) => boolean;
  /** Runs an action; resolves to its output, or null if it has none. */
  readonly act: (type: ResourceType, action: Action, caller: Caller, subject: ActionSubject) => Promise<Json>;
}

/** The hooks of a catalogue without hooks. */
export const noRequestHooks: RequestHooks = {
  has: () => false,
  before: async () => ({}),
  after: async () => {},
  beforeList: async () => {},
  beforeShow: async () => {},
  listed: async (_type, _caller, resources) => resources,
  rendered: async (_type, _caller, _id, resource) => resource,
  hasAction: () => false,
  act: async () => null,
};
