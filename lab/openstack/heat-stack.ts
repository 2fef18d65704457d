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

/** An action on a stack. */
export type StackAction = 'CREATE' | 'UPDATE' | 'DELETE';

/** The target of a stack. */
export interface StackTarget {
  readonly template: HotTemplate;
  readonly parameters: BoundParameters;
  readonly tags: readonly string[];
  readonly timeoutMins: number | null;
}

/** An event of a stack or of one of its resources. */
export interface HeatEvent {
  readonly id: string;
  readonly timeMs: number;
  readonly resource: string;
  readonly physicalId: string;
  readonly status: string;
  readonly reason: string;
}

/** The project and name of a stack. */
export interface StackIdentity {
  readonly name: string;
  readonly project: string;
  readonly owner: string;
  /** The stack that it is a part of. */
  readonly parent: HeatStack | null;
}

/** The number of events that Heat keeps by default. */
const MOST_EVENTS = 1_000;

/** A stack: its target, its resources and its events. */
export class HeatStack {
  readonly id: string;
  readonly identity: StackIdentity;
  readonly createdMs: number;
  readonly resources = new Map<string, HeatResource>();
  /** Replaced resources that aren't deleted yet. */
  readonly retired = new Set<HeatResource>();
  readonly events: HeatEvent[] = [];
  /** The controllers that end work on resources, and the traversals that began it. */
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
  /** The current traversal. Any other one ends. */
  traversal: object | null = null;
  /** An accepted update that isn't visible yet. */
  pending: (() => void) | null = null;
  readonly #runtime: Runtime;

  constructor(runtime: Runtime, identity: StackIdentity, id: string) {
    this.#runtime = runtime;
    this.id = id;
    this.identity = identity;
    this.createdMs = runtime.nowMs();
  }

  /** The names of its resources, in the order of the template. */
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

  /** Ends all work on its resources, or only the work of one traversal. */
  cancelWorks(reason: Error, traversal?: object): void {
    for (const [work, owner] of this.works) if (traversal === undefined || owner === traversal) work.abort(reason);
  }

  /** Ends with the engine: accepted updates are recorded, and all work stops. */
  kill(): void {
    this.pending?.();
    this.traversal = null;
    this.cancelWorks(new EngineKilled());
  }

  /** The lookups of its template's functions. */
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

  /** Its current outputs, in Heat's form. */
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

/** The last action on a resource. */
export type ResourceAction = 'INIT' | 'CREATE' | 'UPDATE' | 'DELETE';

/** The progress of that action. */
export type Progress = 'IN_PROGRESS' | 'COMPLETE' | 'FAILED';

/** A resource of a stack. Its replacement is a separate one. */
export interface HeatResource {
  readonly name: string;
  readonly typeName: string;
  readonly type: ResourceType;
  /** The resources that it requires. It is deleted before them. */
  requires: readonly string[];
  /** The current properties. */
  properties: JsonObject;
  /** Its name outside its stack, and usually its id. */
  readonly physicalName: string;
  /** null until it exists. */
  physicalId: string | null;
  /** The state of its type. */
  value: Json;
  /** Its nested stack, if it has one. */
  nested: HeatStack | null;
  action: ResourceAction;
  status: Progress;
  reason: string;
  readonly createdMs: number;
  updatedMs: number;
  /** The current work. Never rejects. */
  busy: Promise<void> | null;
}

/** The operations of work on a resource. */
export interface Work {
  readonly runtime: Runtime;
  readonly action: 'CREATE' | 'UPDATE' | 'DELETE';
  /** null: until the work is ended from outside. Rejects then. */
  readonly wait: (delayMs: number | null) => Promise<void>;
  /** Creates or updates the resource's own stack by the template; null removes it. Rejects if that fails. */
  readonly nest: (template: HotTemplate | null) => Promise<void>;
}

/** A type of resources. If it declares no attributes, each is null. */
export interface ResourceType extends ResourceTypeSchema {
  /** Whether the changed properties need a new resource. */
  readonly isReplaced: (changed: readonly string[], after: JsonObject) => boolean;
  /** Whether an update repairs a failed resource, or one whose engine was killed, instead of a replacement. */
  readonly isMended?: boolean;
  /** Sets `physicalId` and `value` of the resource. `properties` are the wanted ones. */
  readonly create: (resource: HeatResource, properties: JsonObject, work: Work) => Promise<void>;
  readonly update: (resource: HeatResource, properties: JsonObject, work: Work) => Promise<void>;
  readonly delete: (resource: HeatResource, work: Work) => Promise<void>;
  readonly reference: (resource: HeatResource) => Json;
  readonly attribute: (resource: HeatResource, path: readonly string[]) => Json;
}
