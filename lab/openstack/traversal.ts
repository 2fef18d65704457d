import { type ResourceDefinition, resolveFunctions, typedProperties } from '../../src/hot/index.ts';
import { errorText, type JsonObject, jsonEqual, sleep, type Timer } from '../../src/kernel/index.ts';
import { describe } from './describe-resource.ts';
import type { HeatResource, HeatStack, ResourceType, StackAction } from './heat-stack.ts';
import { EngineKilled, ResourceFailure, WorkCancelled } from './resource-failure.ts';
import { resourceTypes } from './resource-types.ts';
import { physicalName, type Workshop, work } from './resource-work.ts';

/** The outcome of a traversal. */
export type Outcome =
  | { readonly kind: 'complete' }
  | { readonly kind: 'failed'; readonly failure: ResourceFailure }
  /** Another traversal replaced it, or the engine was killed. */
  | { readonly kind: 'dropped' };

/** Heat's time-out for stacks without one. */
const DEFAULT_TIMEOUT_MINS = 60;
const MINUTE_MS = 60_000;

/**
 * One traversal of a stack towards its target: resources are created, updated and replaced in the order of their
 * requirements, then unwanted ones are deleted. The first failure ends it; running work continues to its end.
 */
export class Traversal {
  readonly outcome: Promise<Outcome>;
  readonly #workshop: Workshop;
  readonly #stack: HeatStack;
  readonly #action: StackAction;
  readonly #building = new Map<string, Promise<void>>();
  readonly #removing = new Map<HeatResource, Promise<void>>();
  #end: (outcome: Outcome) => void = () => {};
  #timer: Timer | null = null;
  #isOver = false;

  constructor(workshop: Workshop, stack: HeatStack, action: StackAction) {
    this.#workshop = workshop;
    this.#stack = stack;
    this.#action = action;
    this.outcome = new Promise((end) => {
      this.#end = end;
    });
  }

  /** Takes over the stack. `tags` become visible a moment after the status. */
  async run(tags: readonly string[], tagsMs: number): Promise<void> {
    const stack = this.#stack;
    stack.traversal = this;
    stack.setState(this.#action, 'IN_PROGRESS', `Stack ${this.#action} started`);
    const timeoutMs = (stack.timeoutMins ?? DEFAULT_TIMEOUT_MINS) * MINUTE_MS;
    this.#timer = this.#workshop.runtime.after(timeoutMs, () => this.#timeOut());
    if (tagsMs > 0) await sleep(this.#workshop.runtime, tagsMs);
    if (this.#isCurrent) stack.tags = tags;
    try {
      const names = this.#action === 'DELETE' ? [] : stack.names();
      await Promise.all(names.map((name) => this.#build(name)));
      await Promise.all(this.#unwanted().map((resource) => this.#remove(resource)));
      this.#complete();
    } finally {
      this.#timer.cancel();
      this.#end({ kind: 'dropped' });
    }
  }

  get #isCurrent(): boolean {
    return this.#stack.traversal === this && !this.#isOver;
  }

  #complete(): void {
    if (!this.#isCurrent) return;
    this.#isOver = true;
    if (this.#action === 'DELETE') this.#stack.deletedMs = this.#workshop.runtime.nowMs();
    this.#stack.setState(this.#action, 'COMPLETE', `Stack ${this.#action} completed successfully`);
    this.#end({ kind: 'complete' });
  }

  #fail(error: unknown): void {
    if (error instanceof EngineKilled || !this.#isCurrent) return;
    this.#isOver = true;
    const failure = error instanceof ResourceFailure ? error : new ResourceFailure(null, [], errorText(error));
    this.#stack.setState(this.#action, 'FAILED', `Resource ${this.#action} failed: ${failure.message}`);
    this.#end({ kind: 'failed', failure });
  }

  #timeOut(): void {
    const stack = this.#stack;
    if (this.#isCurrent) {
      this.#isOver = true;
      stack.setState(this.#action, 'FAILED', 'Timed out');
      this.#end({ kind: 'failed', failure: new ResourceFailure(null, [], 'Timed out') });
    }
    stack.cancelWorks(new WorkCancelled('timeout'), this);
  }

  #build(name: string): Promise<void> {
    const known = this.#building.get(name);
    if (known !== undefined) return known;
    const definition = this.#stack.template.resources.get(name);
    const building = definition === undefined ? Promise.resolve() : this.#buildNow(definition);
    this.#building.set(name, building);
    return building;
  }

  async #buildNow(definition: ResourceDefinition): Promise<void> {
    await Promise.all(definition.requires.map((name) => this.#build(name)));
    await this.#idle(this.#stack.resources.get(definition.name));
    if (!this.#isCurrent) return;
    try {
      await this.#bring(definition);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Waits for another traversal's work on the resource. */
  async #idle(resource: HeatResource | undefined): Promise<void> {
    while (resource?.busy) await resource.busy;
  }

  /** Brings a resource to its definition. */
  async #bring({ name, type: typeName, properties: given, requires }: ResourceDefinition): Promise<void> {
    const stack = this.#stack;
    const type = resourceTypes.get(typeName);
    if (type === undefined)
      throw new ResourceFailure(null, [name], `The Resource Type (${typeName}) could not be found.`);
    const resolved = resolveFunctions(given, stack.scope()) as JsonObject;
    const properties = typedProperties(type.schemas(resolved), resolved);
    const existing = stack.resources.get(name);
    if (existing !== undefined) {
      if (existing.typeName === typeName && !this.#isReplaced(existing, properties)) {
        const isChanged = !jsonEqual(existing.properties, properties) || existing.status === 'FAILED';
        existing.requires = requires;
        if (isChanged) await work(this.#workshop, stack, existing, 'UPDATE', properties);
        return;
      }
      stack.retired.add(existing);
    }
    const resource = this.#newResource(name, typeName, type, requires);
    stack.resources.set(name, resource);
    await work(this.#workshop, stack, resource, 'CREATE', properties);
  }

  /** Whether the update needs a new resource. */
  #isReplaced(existing: HeatResource, properties: JsonObject): boolean {
    const { type } = existing;
    const stack = this.#stack;
    if (existing.status === 'IN_PROGRESS') {
      stack.setResource(existing, this.#action, 'FAILED', `Worker went down during resource ${this.#action}`);
    }
    if (existing.status === 'FAILED') return type.isMended !== true || existing.nested === null;
    const schemas = type.schemas(properties) ?? {};
    const changed = Object.keys(schemas).filter((name) => !jsonEqual(existing.properties[name], properties[name]));
    const isReplaced =
      changed.some((name) => schemas[name]?.isUpdatable !== true) || type.isReplaced(changed, properties);
    if (isReplaced) {
      const reason = `The Resource ${describe(existing, stack)} requires replacement.`;
      stack.setResource(existing, 'UPDATE', 'IN_PROGRESS');
      stack.setResource(existing, 'UPDATE', 'COMPLETE', reason);
    }
    return isReplaced;
  }

  #newResource(name: string, typeName: string, type: ResourceType, requires: readonly string[]): HeatResource {
    const createdMs = this.#workshop.runtime.nowMs();
    return {
      ...{ name, typeName, type, requires, createdMs },
      physicalName: physicalName(this.#workshop.runtime, `${this.#stack.identity.name}-${name}`),
      properties: {},
      physicalId: null,
      value: null,
      nested: null,
      action: 'INIT',
      status: 'COMPLETE',
      reason: '',
      updatedMs: createdMs,
      busy: null,
    };
  }

  /** Resources that the template no longer contains, and replaced ones. */
  #unwanted(): readonly HeatResource[] {
    if (!this.#isCurrent) return [];
    const { resources, retired, template } = this.#stack;
    const isWanted = (name: string) => this.#action !== 'DELETE' && template.resources.has(name);
    return [...retired, ...[...resources.values()].filter(({ name }) => !isWanted(name))];
  }

  /** `path`: the resources that wait for it. Resources of different updates may require each other in a cycle. */
  #remove(resource: HeatResource, path: readonly HeatResource[] = []): Promise<void> {
    const known = this.#removing.get(resource);
    if (known !== undefined) return known;
    const removing = this.#removeNow(resource, [...path, resource]);
    this.#removing.set(resource, removing);
    return removing;
  }

  /** Removes a resource after those that require it. */
  async #removeNow(resource: HeatResource, path: readonly HeatResource[]): Promise<void> {
    const dependents = this.#unwanted().filter(
      (other) => !path.includes(other) && other.requires.includes(resource.name),
    );
    await Promise.all(dependents.map((other) => this.#remove(other, path)));
    await this.#idle(resource);
    if (!this.#isCurrent) return;
    const { resources, retired } = this.#stack;
    try {
      await work(this.#workshop, this.#stack, resource, 'DELETE', resource.properties);
    } catch (error) {
      this.#fail(error);
      return;
    }
    retired.delete(resource);
    if (resources.get(resource.name) === resource) resources.delete(resource.name);
  }
}
