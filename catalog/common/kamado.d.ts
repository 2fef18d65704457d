// What the hooks of a catalogue import (docs/hooks.md). Written by `kamado catalog types`; do not change it.
declare module 'kamado' {
  export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
  export type JsonObject = { readonly [key: string]: Json };

  /** What `types.ts` says of a type. */
  export interface TypeDeclaration {
    readonly resource: object;
    readonly actions: { readonly [name: string]: ActionDeclaration };
  }

  /** What `types.ts` says of an action; `member`: its path has an `:id`. */
  export interface ActionDeclaration {
    readonly member: boolean;
    readonly input: unknown;
    readonly output: unknown;
  }

  /** All types of a catalogue: the interface `Types` of its `types.ts`. */
  export type Catalogue<Types> = { readonly [Type in keyof Types]: TypeDeclaration };

  /** Who asks. */
  export interface Caller {
    readonly user: string;
    readonly tenant: string | null;
    readonly roles: readonly string[];
  }

  /** A resource as it stands in the database. */
  export interface Row<Resource> {
    readonly type: string;
    readonly id: string;
    readonly body: Resource;
    readonly configVersion: number;
    readonly stateVersion: number;
    readonly monitoringVersion: number;
    readonly rowRevision: number;
    readonly markedForDeletion: boolean;
    /** The error of the last state, '' where it succeeded. */
    readonly stateError: string;
    readonly state: JsonObject | null;
    readonly monitoring: JsonObject | null;
  }

  /** Properties to set; null: no value. */
  export type Patch<Resource> = { readonly [Name in keyof Resource]?: Resource[Name] | null };

  /** Work inside of a transaction: a generator, whose result `yield*` gives. */
  export type Work<Result> = Generator<unknown, Result, unknown>;

  /** Everything that can be done inside of a transaction: `const port = yield* tx.get('port', id)`. */
  export interface Transaction<Types> {
    readonly get: <Type extends keyof Types>(type: Type, id: string) => Work<Row<ResourceOf<Types, Type>> | null>;
    /** The rows whose fields have these values, by id. */
    readonly list: <Type extends keyof Types>(
      type: Type,
      where: Patch<ResourceOf<Types, Type>>,
    ) => Work<readonly Row<ResourceOf<Types, Type>>[]>;
    /** Makes a resource, also with properties that no client can set. */
    readonly create: <Type extends keyof Types>(
      type: Type,
      body: Patch<ResourceOf<Types, Type>>,
    ) => Work<Row<ResourceOf<Types, Type>>>;
    /** Changes a resource, which makes a new version of it. */
    readonly update: <Type extends keyof Types>(
      type: Type,
      id: string,
      patch: Patch<ResourceOf<Types, Type>>,
    ) => Work<Row<ResourceOf<Types, Type>>>;
    /** Deletes a resource, or marks it. */
    readonly remove: <Type extends keyof Types>(type: Type, id: string) => Work<void>;
  }

  export type ResourceOf<Types, Type extends keyof Types> = Types[Type] extends { readonly resource: infer Resource }
    ? Resource
    : never;

  /** Lines in the log of the process; never a secret. */
  export interface Log {
    readonly debug: (fields: { readonly [name: string]: unknown }, message: string) => void;
    readonly info: (fields: { readonly [name: string]: unknown }, message: string) => void;
    readonly warn: (fields: { readonly [name: string]: unknown }, message: string) => void;
    readonly error: (fields: { readonly [name: string]: unknown }, message: string) => void;
  }

  /** What every hook is told. */
  export interface Circumstances {
    readonly caller: Caller;
    readonly log: Log;
  }

  /** What hooks outside of transactions are told besides. */
  export interface OutsideCircumstances<Types> extends Circumstances {
    /** Aborts when the time of the hook is over: hand it on to `fetch` and its like. */
    readonly signal: AbortSignal;
    /** Runs the work in one transaction: all of it is done, or nothing. It may be run more than once. */
    readonly transaction: <Result>(work: (tx: Transaction<Types>) => Work<Result>) => Promise<Result>;
  }

  /** What hooks inside of transactions are told besides. */
  export interface InsideCircumstances<Types> extends Circumstances {
    readonly tx: Transaction<Types>;
  }

  /** A resource that is about to be, or was, made, changed, deleted. */
  export interface Written<Resource> {
    readonly id: string;
    /** Before the write what it is to be, after it what it is; of a deletion what it was. */
    readonly resource: Resource;
  }

  /** A resource that is about to be, or was, changed. */
  export interface Changed<Resource> extends Written<Resource> {
    readonly previous: Resource;
  }

  /** A resource of which a state or an observation came in. */
  export interface Reported<Resource> extends Written<Resource> {
    /** A state: `{version, error, state}`; an observation: `{version, monitoring}`. */
    readonly record: JsonObject;
  }

  export type Outside<Types, Told, Result = void> = (
    told: Told & OutsideCircumstances<Types>,
  ) => Promise<Result> | Result;
  /** A generator, or a plain function where it needs no `tx`. */
  export type Inside<Types, Told, Result = void> = (told: Told & InsideCircumstances<Types>) => Work<Result> | Result;

  /** The hooks of one type. */
  export interface Hooks<Types, Type extends keyof Types> {
    pre_create?: Outside<Types, Written<ResourceOf<Types, Type>>, Patch<ResourceOf<Types, Type>> | void>;
    post_create?: Outside<Types, Written<ResourceOf<Types, Type>>>;
    pre_update?: Outside<Types, Changed<ResourceOf<Types, Type>>, Patch<ResourceOf<Types, Type>> | void>;
    post_update?: Outside<Types, Changed<ResourceOf<Types, Type>>>;
    pre_delete?: Outside<Types, Written<ResourceOf<Types, Type>>>;
    post_delete?: Outside<Types, Written<ResourceOf<Types, Type>>>;
    pre_list?: Outside<Types, {}>;
    /** Returns what is shown instead; members that are no properties are shown as well. */
    post_list?: Outside<Types, { readonly resources: readonly ResourceOf<Types, Type>[] }, readonly object[] | void>;
    pre_show?: Outside<Types, { readonly id: string }>;
    /** Returns what is shown instead; members that are no properties are shown as well. */
    post_show?: Outside<Types, Written<ResourceOf<Types, Type>>, object | void>;
    /** After a state was applied; `resource` is null where it ended the resource. */
    post_state_update?: Outside<Types, AfterReport<ResourceOf<Types, Type>>>;
    /** After an observation was applied. */
    post_monitoring?: Outside<Types, AfterReport<ResourceOf<Types, Type>>>;

    pre_create_in_transaction?: Inside<Types, Written<ResourceOf<Types, Type>>, Patch<ResourceOf<Types, Type>> | void>;
    post_create_in_transaction?: Inside<Types, Written<ResourceOf<Types, Type>>>;
    pre_update_in_transaction?: Inside<Types, Changed<ResourceOf<Types, Type>>, Patch<ResourceOf<Types, Type>> | void>;
    post_update_in_transaction?: Inside<Types, Changed<ResourceOf<Types, Type>>>;
    /** Returns what is to be set with the mark, where the type is deleted in two steps. */
    pre_delete_in_transaction?: Inside<Types, Written<ResourceOf<Types, Type>>, Patch<ResourceOf<Types, Type>> | void>;
    post_delete_in_transaction?: Inside<Types, Written<ResourceOf<Types, Type>>>;
    pre_state_update_in_transaction?: Inside<Types, Reported<ResourceOf<Types, Type>>>;
    post_state_update_in_transaction?: Inside<Types, Reported<ResourceOf<Types, Type>>>;
    pre_monitoring_update_in_transaction?: Inside<Types, Reported<ResourceOf<Types, Type>>>;
    post_monitoring_update_in_transaction?: Inside<Types, Reported<ResourceOf<Types, Type>>>;

    actions?: Actions<Types, Type>;
  }

  /** What a hook after the commit of a state or an observation is told. */
  export interface AfterReport<Resource> {
    readonly id: string;
    readonly resource: Resource | null;
    readonly record: JsonObject;
  }

  export type ActionsOf<Types, Type extends keyof Types> = Types[Type] extends { readonly actions: infer All }
    ? All
    : never;

  /** A hook for each action of the type. */
  export type Actions<Types, Type extends keyof Types> = {
    [Name in keyof ActionsOf<Types, Type>]?: ActionsOf<Types, Type>[Name] extends {
      readonly member: infer Member;
      readonly input: infer Input;
      readonly output: infer Output;
    }
      ? Outside<Types, ActionTold<Member extends true ? ResourceOf<Types, Type> : null, Input>, Output>
      : never;
  };

  /** What an action is told; `id` and `resource` are null where its path has no `:id`. */
  export interface ActionTold<Resource, Input> {
    readonly id: Resource extends null ? null : string;
    readonly resource: Resource;
    readonly input: Input;
  }

  /** Hooks, for a module to export. */
  export interface DefinedHooks {
    readonly type: string;
  }

  /** Hooks of a type: `export const firewall = defineHooks<Types, 'firewall'>('firewall', { … })`. */
  export function defineHooks<Types extends Catalogue<Types>, Type extends keyof Types = keyof Types>(
    type: Type,
    hooks: Hooks<Types, Type>,
  ): DefinedHooks;

  /** What a client is told that is refused. */
  export interface Refusal {
    /** 400–499. */
    readonly status: number;
    /** The catalogue's own, of capitals, digits and _: 'FIREWALL_BUSY'. */
    readonly code: string;
    readonly message: string;
    /** What the client can do. */
    readonly remedy: string;
  }

  /** The error that refuses a request: `throw refuse({ … })`. */
  export function refuse(refusal: Refusal): Error;
}
