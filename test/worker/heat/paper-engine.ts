import type { KamadoError } from '../../../src/kernel/errors.ts';
import { kamadoError } from '../../../src/kernel/errors.ts';
import type { Stack, StackEngine, StackEvent, StackOutput, StackRequest } from '../../../src/southbound/stack/stack.ts';

/** What a stack becomes by itself after a request. */
export type Course = Partial<Pick<Stack, 'action' | 'progress' | 'reason' | 'outputs' | 'revision'>> | 'removed';

/**
 * An engine on paper: it notes what it is asked for, and what becomes of a stack is what the test says. Where that says
 * nothing, each request is done when it is looked at the second time.
 */
export class PaperEngine implements StackEngine {
  readonly stacks = new Map<string, Stack>();
  readonly requests: StackRequest[] = [];
  /** 'create part_x' and the like, in order; looks are not noted. */
  readonly asked: string[] = [];
  /** What comes of the next requests in place of the usual: first an error for each, then a course. */
  readonly errors: KamadoError[] = [];
  readonly courses: Course[] = [];
  /** What looks answer in place of what is there, one after the other. */
  readonly observed: (Stack | null | KamadoError)[] = [];
  readonly reported: StackEvent[] = [];
  looks = 0;

  readonly create: StackEngine['create'] = async (request) => {
    this.#note('create', request.ref.name);
    if (this.stacks.has(request.ref.name)) throw kamadoError('STACK_EXISTS', { stack: request.ref.name });
    this.#take(request, 'CREATE');
  };

  readonly update: StackEngine['update'] = async (request) => {
    this.#note('update', request.ref.name);
    if (!this.stacks.has(request.ref.name)) throw kamadoError('STACK_NOT_FOUND', { stack: request.ref.name });
    this.#take(request, 'UPDATE');
  };

  readonly delete: StackEngine['delete'] = async ({ name }) => {
    this.#note('delete', name);
    const stack = this.stacks.get(name);
    if (stack === undefined) return;
    this.#begin(name, { ...stack, action: 'DELETE', progress: 'IN_PROGRESS' }, this.courses.shift() ?? 'removed');
  };

  readonly show: StackEngine['show'] = async ({ name }) => this.#look(name);

  readonly statuses: StackEngine['statuses'] = async (_project, names) => {
    const seen = names.map((name) => [name, this.#look(name)] as const);
    return new Map(seen.flatMap(([name, stack]) => (stack === null ? [] : [[name, stack] as const])));
  };

  readonly events: StackEngine['events'] = async () => this.reported;
  readonly close = async (): Promise<void> => {};

  /** Puts a stack there, as somebody else has made it. */
  put(name: string, status: string, more: Partial<Stack> = {}): Stack {
    const [, action = '', progress = ''] = /^(\w+?)_(IN_PROGRESS|COMPLETE|FAILED)$/.exec(status) ?? [];
    const stack: Stack = {
      ...{ id: `id-${name}`, name, action, reason: '', revision: null, outputs: [] },
      progress: progress as Stack['progress'],
      ...more,
    };
    this.stacks.set(name, stack);
    return stack;
  }

  readonly #pending = new Map<string, { course: Course; readonly from: number }>();

  #note(call: string, name: string): void {
    this.asked.push(`${call} ${name}`);
    const error = this.errors.shift();
    if (error !== undefined) throw error;
  }

  #take(request: StackRequest, action: string): void {
    const { ref, revision } = request;
    this.requests.push(request);
    const before = this.stacks.get(ref.name) ?? this.put(ref.name, `${action}_IN_PROGRESS`);
    const course = this.courses.shift() ?? { progress: 'COMPLETE', outputs: outputs(`${ref.name} ${revision}`) };
    this.#begin(ref.name, { ...before, action, progress: 'IN_PROGRESS', revision }, course);
  }

  #begin(name: string, stack: Stack, course: Course): void {
    this.stacks.set(name, stack);
    this.#pending.set(name, { course, from: this.looks + 2 });
  }

  #look(name: string): Stack | null {
    this.looks++;
    const pending = this.#pending.get(name);
    const stack = this.stacks.get(name);
    if (pending !== undefined && stack !== undefined && this.looks >= pending.from) {
      this.#pending.delete(name);
      if (pending.course === 'removed') this.stacks.delete(name);
      else this.stacks.set(name, { ...stack, reason: `${stack.action} is over`, ...pending.course });
    }
    const observed = this.observed.shift();
    if (observed instanceof Error) throw observed;
    return observed === undefined ? (this.stacks.get(name) ?? null) : observed;
  }
}

export function outputs(value: string): readonly StackOutput[] {
  return [{ output_key: 'shows', output_value: value, description: 'What it shows.' }];
}
