import {
  type BoundParameters,
  emptyTemplate,
  type FunctionScope,
  type HotTemplate,
  type ResourceTypeSchema,
  resolveFunctions,
} from '../../src/hot/index.ts';
import { errorText, type Json, type JsonObject, type Runtime } from '../../src/kernel/index.ts';

import { EngineKilled } from './resource-failure.ts';

/** What can be asked of a stack. */
export type StackAction = 'CREATE' | 'UPDATE' | 'DELETE';

/** What a stack is to be. */
export interface StackTarget {
  readonly template: HotTemplate;
  readonly parameters: BoundParameters;
  readonly tags: readonly string[];
  readonly timeoutMins: number | null;
}

/** Something that happened to a stack or to one of its resources. */
export interface HeatEvent {
  readonly id: string;
  readonly timeMs: number;
  readonly resource: string;
  readonly physicalId: string;
  readonly status: string;
  readonly reason: string;
}

/** Whose a stack is. */
export interface StackIdentity {
  readonly name: string;
  readonly project: string;
  readonly owner: string;
  /** The stack that it is a part of. */
  readonly parent: HeatStack | null;
}

/** As Heat keeps them by default. */
const MOST_EVENTS = 1_000;

/** A stack: what it is to be, what there is of it, and what happened to it. */
export class HeatStack {
  readonly id: string;
  readonly identity: StackIdentity;
  readonly createdMs: number;
  readonly resources = new Map<string, HeatResource>();
  /** Replaced resources that aren't gone yet. */
  readonly retired = new Set<HeatResource>();
  readonly events: HeatEvent[] = [];
  /** Ends work on resources that is under way; and what began it. */
  readonly works = new Map<AbortController, object | null>();
  template: HotTemplate = emptyTemplate;
  parameters: BoundParameters = { values: new Map(), shown: {} };
  tags: readonly string[] = [];
  timeoutMins: number | null = null;
  action: StackAction = 'CREATE';
  status: Progress = 'IN_PROGRESS';
  reason = '';
  updatedMs: number | null = null;
  deletedMs: number | null = null;
  /** What converges it now: whoever isn't it any more ends. */
  traversal: object | null = null;
  /** An update that was accepted, and isn't to be seen yet. */
  pending: (() => void) | null = null;
  readonly #runtime: Runtime;

  constructor(runtime: Runtime, identity: StackIdentity, id: string) {
    this.#runtime = runtime;
    this.id = id;
    this.identity = identity;
    this.createdMs = runtime.nowMs();
  }

  /** Of its resources, in the order of the template. */
  names(): readonly string[] {
    return [...this.template.resources.keys()];
  }

  setState(action: StackAction, status: Progress, reason: string): void {
    this.action = action;
    this.status = status;
    this.reason = reason;
    this.#happened(this.identity.name, this.id, `${action}_${status}`, reason);
  }

  setResource(resource: HeatResource, action: StackAction, status: Progress, reason = 'state changed'): void {
    resource.action = action;
    resource.status = status;
    resource.reason = reason;
    resource.updatedMs = this.#runtime.nowMs();
    this.#happened(resource.name, resource.physicalId ?? resource.physicalName, `${action}_${status}`, reason);
  }

  /** Ends all work on its resources, or what one traversal began. */
  cancelWorks(reason: Error, traversal?: object): void {
    for (const [work, owner] of this.works) if (traversal === undefined || owner === traversal) work.abort(reason);
  }

  /** The engine is gone: what was accepted is written down, and nothing goes on. */
  kill(): void {
    this.pending?.();
    this.traversal = null;
    this.cancelWorks(new EngineKilled());
  }

  /** What the functions of its template see. */
  scope(): FunctionScope {
    const existing = (name: string) => {
      const resource = this.resources.get(name);
      return resource === undefined || resource.physicalId === null ? undefined : resource;
    };
    return {
      parameter: (name) => this.parameters.values.get(name),
      reference: (name) => {
        const resource = existing(name);
        return resource === undefined ? name : resource.type.reference(resource);
      },
      attribute: (name, path) => {
        const resource = existing(name);
        return resource === undefined ? null : resource.type.attribute(resource, path);
      },
    };
  }

  /** What it gives now, as Heat shows it. */
  outputs(): readonly JsonObject[] {
    const scope = this.scope();
    return this.template.outputs.map(({ name, description, value }) => {
      const output = { output_key: name, description };
      try {
        return { ...output, output_value: resolveFunctions(value, scope) };
      } catch (error) {
        return { ...output, output_value: null, output_error: errorText(error) };
      }
    });
  }

  #happened(resource: string, physicalId: string, status: string, reason: string): void {
    const id = this.#runtime.uuid();
    this.events.push({ id, timeMs: this.#runtime.nowMs(), resource, physicalId, status, reason });
    if (this.events.length > MOST_EVENTS) this.events.shift();
  }
}

/** What was done last to a resource. */
export type ResourceAction = 'INIT' | 'CREATE' | 'UPDATE' | 'DELETE';

/** How far that is. */
export type Progress = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** A resource of a stack; one that was replaced is another. */
export interface HeatResource {
  readonly name: string;
  readonly typeName: string;
  readonly type: ResourceType;
  /** What it stands on: it goes before them. */
  requires: readonly string[];
  /** As it has them now. */
  properties: JsonObject;
  /** What it is called outside its stack, and mostly its id. */
  readonly physicalName: string;
  /** null until there is something. */
  physicalId: string | null;
  /** What its type keeps. */
  value: Json;
  /** The stack that it is made of, where it is. */
  nested: HeatStack | null;
  action: ResourceAction;
  status: Progress;
  reason: string;
  readonly createdMs: number;
  updatedMs: number;
  /** Work that is under way; never rejects. */
  busy: Promise<void> | null;
}

/** What work on a resource may do. */
export interface Work {
  readonly runtime: Runtime;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  /** null: until the work is ended from outside. Rejects when it is. */
  readonly wait: (delayMs: number | null) => Promise<void>;
  /** Makes the resource's own stack what the template says; null removes it. Rejects where that fails. */
  readonly nest: (template: HotTemplate | null) => Promise<void>;
}

/** A type of resources. If it declares no attributes, each is null. */
export interface ResourceType extends ResourceTypeSchema {
  /** True if only a new resource has the properties. */
  readonly isReplaced: (changed: readonly string[], after: JsonObject) => boolean;
  /** True: one that failed, or whose engine was killed, is mended by an update and not by a new one. */
  readonly isMended?: boolean;
  /** Sets `physicalId` and `value` of the resource. `properties` are those that it is to have. */
  readonly create: (resource: HeatResource, properties: JsonObject, work: Work) => Promise<void>;
  readonly update: (resource: HeatResource, properties: JsonObject, work: Work) => Promise<void>;
  readonly delete: (resource: HeatResource, work: Work) => Promise<void>;
  readonly reference: (resource: HeatResource) => Json;
  readonly attribute: (resource: HeatResource, path: readonly string[]) => Json;
}
