import type { HotTemplate } from '../../src/hot/index.ts';
import type { JsonObject, Runtime } from '../../src/kernel/index.ts';
import { badRequest, HeatError, stackNotFound, validationFailed } from './heat-error.ts';
import type { HeatResource } from './heat-stack.ts';
import { HeatStack, type StackAction, type StackTarget } from './heat-stack.ts';
import { ResourceFailure, WorkCancelled } from './resource-failure.ts';
import { aborted, type Workshop } from './resource-work.ts';
import { nothing, targetReader, timeoutOf } from './stack-request.ts';
import { Traversal } from './traversal.ts';

/** The caller of Heat. */
export interface Caller {
  readonly project: string;
  readonly user: string;
  /** Whether it sees the stacks of every project. */
  readonly isAdmin: boolean;
}

/** The delays of the engine, in milliseconds, for operations that take time in a real one. */
export interface HeatDelays {
  /** The time after an accepted update for which the stack still has its old status. */
  readonly acceptMs: number;
  /** The time after that for which it still has its old tags. */
  readonly tagsMs: number;
  /** The minimum time of each create, update or delete of a resource. */
  readonly resourceMs: number;
}

export interface HeatOptions {
  readonly runtime: Runtime;
  readonly delays: HeatDelays;
  /** false: a restarted engine fails the stacks that were in progress, as it does with `convergence_engine = false`. */
  readonly isConvergent: boolean;
}

const STACK_NAME = /^[a-zA-Z][a-zA-Z0-9_.-]{0,254}$/;
/** The number of deleted stacks that can still be shown by their ids. */
const MOST_DELETED = 2_000;

/** Heat's engine: the stacks of all projects, in memory. */
export class HeatEngine {
  readonly #options: HeatOptions;
  readonly #workshop: Workshop;
  /** By id, the oldest first. */
  readonly #stacks = new Map<string, HeatStack>();
  /** The existing stacks, by project and name; without nested ones. */
  readonly #byName = new Map<string, HeatStack>();
  readonly #deleted: string[] = [];

  constructor(options: HeatOptions) {
    this.#options = options;
    this.#workshop = {
      runtime: options.runtime,
      resourceMs: options.delays.resourceMs,
      nest: (stack, resource, template, signal) => this.#nest(stack, resource, template, signal),
    };
  }

  /** All existing stacks, including nested ones, the oldest first. */
  stacks(): readonly HeatStack[] {
    return [...this.#stacks.values()].filter(({ deletedMs }) => deletedMs === null);
  }

  /** Finds a stack by name or by id; by id also a deleted one. Throws EntityNotFound. */
  find(caller: Caller, nameOrId: string): HeatStack {
    const byId = this.#stacks.get(nameOrId);
    const stack = byId ?? this.#byName.get(keyOf(caller.project, nameOrId));
    if (stack === undefined || !isVisible(stack, caller)) throw stackNotFound(nameOrId);
    return stack;
  }

  /** Finds a stack by name and id, also a deleted one. Throws EntityNotFound. */
  get(caller: Caller, name: string, id: string): HeatStack {
    const stack = this.#stacks.get(id);
    if (stack === undefined || stack.identity.name !== name || !isVisible(stack, caller)) throw stackNotFound(name);
    return stack;
  }

  /** The stacks that a caller may see, the newest first; without nested ones. */
  list(caller: Caller): readonly HeatStack[] {
    return [...this.#byName.values()].filter((stack) => isVisible(stack, caller)).reverse();
  }

  create(caller: Caller, body: JsonObject): HeatStack {
    const { stack_name: name } = body;
    if (typeof name !== 'string') throw badRequest('No stack name specified');
    const read = targetReader(body);
    if (!STACK_NAME.test(name)) {
      throw validationFailed(
        `Invalid stack name ${name} must contain only alphanumeric or "_-." characters, ` +
          'must start with alpha and must be 255 characters or less.',
      );
    }
    const key = keyOf(caller.project, name);
    if (this.#byName.has(key)) throw new HeatError(409, 'StackExists', `The Stack (${name}) already exists.`);
    const identity = { name, project: caller.project, owner: caller.user, parent: null };
    const stack = new HeatStack(this.#options.runtime, identity, this.#options.runtime.uuid());
    const target = read(stack);
    this.#stacks.set(stack.id, stack);
    this.#byName.set(key, stack);
    // The tags of a new stack are stored with it.
    stack.tags = target.tags;
    this.#converge(stack, 'CREATE', target, 0);
    return stack;
  }

  update(caller: Caller, name: string, id: string, body: JsonObject): void {
    const read = targetReader(body);
    const stack = this.#existing(caller, name, id);
    if (stack.action === 'DELETE') {
      throw new HeatError(400, 'NotSupported', 'Updating a stack when it is deleting is not supported.');
    }
    const target = { ...read(stack), timeoutMins: timeoutOf(body) ?? stack.timeoutMins };
    const { runtime, delays } = this.#options;
    const begin = () => {
      if (stack.pending !== begin) return;
      stack.pending = null;
      stack.updatedMs = runtime.nowMs();
      this.#converge(stack, 'UPDATE', target, delays.tagsMs);
    };
    stack.pending = begin;
    if (delays.acceptMs > 0) runtime.after(delays.acceptMs, begin);
    else begin();
  }

  delete(caller: Caller, name: string, id: string): void {
    const stack = this.#existing(caller, name, id);
    stack.pending = null;
    cancel(stack);
    stack.updatedMs = this.#options.runtime.nowMs();
    this.#converge(stack, 'DELETE', null, 0);
  }

  /** The process dies: work in progress stops, and its status stays as it is. */
  kill(): void {
    for (const stack of this.stacks()) stack.kill();
  }

  /** Restarts the engine. With convergence this changes nothing. */
  restart(): void {
    if (this.#options.isConvergent) return;
    for (const stack of this.stacks()) {
      if (stack.status !== 'IN_PROGRESS') continue;
      const reason = `Engine went down during stack ${stack.action}`;
      for (const resource of stack.resources.values()) {
        if (resource.status === 'IN_PROGRESS') stack.setResource(resource, stack.action, 'FAILED', reason);
      }
      stack.setState(stack.action, 'FAILED', reason);
    }
  }

  #existing(caller: Caller, name: string, id: string): HeatStack {
    const stack = this.get(caller, name, id);
    if (stack.deletedMs !== null) throw stackNotFound(name);
    return stack;
  }

  /** `target`: null keeps the previous target. */
  #converge(stack: HeatStack, action: StackAction, target: StackTarget | null, tagsMs: number): Traversal {
    if (target !== null) {
      stack.template = target.template;
      stack.parameters = target.parameters;
      stack.timeoutMins = target.timeoutMins;
    }
    const traversal = new Traversal(this.#workshop, stack, action);
    void traversal.run(target?.tags ?? stack.tags, tagsMs);
    void traversal.outcome.then(({ kind }) => {
      if (action === 'DELETE' && kind === 'complete') this.#forget(stack);
    });
    return traversal;
  }

  /** Frees the stack's name. Only the last deleted stacks are kept. */
  #forget(stack: HeatStack): void {
    const key = keyOf(stack.identity.project, stack.identity.name);
    if (this.#byName.get(key) === stack) this.#byName.delete(key);
    this.#deleted.push(stack.id);
    while (this.#deleted.length > MOST_DELETED) this.#stacks.delete(this.#deleted.shift() ?? '');
  }

  async #nest(
    parent: HeatStack,
    resource: HeatResource,
    template: HotTemplate | null,
    signal: AbortSignal,
  ): Promise<void> {
    const existing = resource.nested;
    if (existing === null && template === null) return;
    const stack = existing ?? this.#nested(parent, resource);
    const action = template === null ? 'DELETE' : existing === null ? 'CREATE' : 'UPDATE';
    const target = template && { template, ...nothing(stack), timeoutMins: parent.timeoutMins };
    const { outcome } = this.#converge(stack, action, target, 0);
    const ended = await Promise.race([outcome, aborted(signal)]);
    if (signal.aborted && !(signal.reason instanceof WorkCancelled)) throw signal.reason;
    if (signal.aborted) cancel(stack);
    signal.throwIfAborted();
    if (ended?.kind !== 'failed') return;
    const { error, path, reason } = ended.failure;
    throw new ResourceFailure(error, [resource.name, ...path], reason);
  }

  #nested(parent: HeatStack, resource: HeatResource): HeatStack {
    const { runtime } = this.#options;
    const name = resource.physicalName;
    const stack = new HeatStack(runtime, { ...parent.identity, name, parent }, runtime.uuid());
    this.#stacks.set(stack.id, stack);
    resource.nested = stack;
    resource.physicalId = stack.id;
    return stack;
  }
}

/** Cancels the work on a stack. */
function cancel(stack: HeatStack): void {
  if (stack.status !== 'IN_PROGRESS') return;
  stack.traversal = null;
  stack.setState(stack.action, 'FAILED', `Stack ${stack.action} cancelled`);
  stack.cancelWorks(new WorkCancelled('user'));
}

function isVisible({ identity }: HeatStack, { project, isAdmin }: Caller): boolean {
  return isAdmin || identity.project === project;
}

function keyOf(project: string, name: string): string {
  return `${project}/${name}`;
}
