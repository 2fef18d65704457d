import type { Timer } from '../../src/kernel/runtime.ts';

/** Whom a task belongs to: nothing runs for one that is dead, and what is due while it is stalled runs after that. */
export interface Owner {
  readonly name: string;
  readonly isAlive: boolean;
  readonly stalledUntilMs: number;
}

interface Task {
  readonly dueMs: number;
  /** When it was due before its owner was stalled: the order of what then runs at once. */
  readonly orderMs: number;
  readonly sequence: number;
  readonly owner: Owner;
  readonly run: () => void;
}

/** More than any run needs: one that takes more goes round in circles. */
const STEPS_AT_MOST = 2_000_000;

/**
 * Virtual time: what is to run at which moment, whoever it belongs to. One task runs at a time, and all promises that
 * it settles are looked at before the next one.
 */
export class Scheduler {
  readonly #tasks = new Heap();
  #nowMs = 0;
  #sequence = 0;
  #steps = 0;
  #fingerprint = 0;
  #failure: unknown = null;

  get nowMs(): number {
    return this.#nowMs;
  }

  get steps(): number {
    return this.#steps;
  }

  /** Follows from which tasks ran when, and whose they were. */
  get fingerprint(): number {
    return this.#fingerprint;
  }

  /** Runs a task after a delay. */
  at(delayMs: number, owner: Owner, run: () => void): Timer {
    const dueMs = this.#nowMs + delayMs;
    const task: Task = { dueMs, orderMs: dueMs, sequence: ++this.#sequence, owner, run };
    this.#tasks.push(task);
    return { cancel: () => this.#tasks.cancel(task) };
  }

  /** Ends the run: `runUntil` throws it after the present step. The first one counts. */
  fail(failure: unknown): void {
    this.#failure ??= failure;
  }

  /** Lets time pass. @throws what was given to `fail` */
  async runUntil(endMs: number): Promise<void> {
    this.#check();
    for (let task = this.#tasks.shift(endMs); task !== undefined; task = this.#tasks.shift(endMs)) {
      if (!task.owner.isAlive) continue;
      this.#nowMs = task.dueMs;
      if (task.owner.stalledUntilMs > this.#nowMs) {
        this.#tasks.push({ ...task, dueMs: task.owner.stalledUntilMs });
        continue;
      }
      this.#count(task);
      task.run();
      await settled();
      this.#check();
    }
    this.#nowMs = endMs;
  }

  #count({ dueMs, owner }: Task): void {
    this.#steps++;
    if (this.#steps > STEPS_AT_MOST) this.fail(new Error(`no end after ${STEPS_AT_MOST} steps`));
    const mixed = Math.imul(this.#fingerprint ^ Math.floor(dueMs * 1000), 0x01000193);
    this.#fingerprint = Math.imul(mixed ^ owner.name.length ^ owner.name.charCodeAt(owner.name.length - 1), 0x01000193);
  }

  #check(): void {
    if (this.#failure !== null) throw this.#failure;
  }
}

/** All promises that can settle have done so before the next turn of the real event loop. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Tasks by time: a binary heap. */
class Heap {
  readonly #tasks: Task[] = [];
  readonly #cancelled = new Set<number>();

  cancel({ sequence }: Task): void {
    this.#cancelled.add(sequence);
  }

  push(task: Task): void {
    const tasks = this.#tasks;
    let place = tasks.length;
    tasks.push(task);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = tasks[above];
      if (parent === undefined || !isBefore(task, parent)) break;
      tasks[place] = parent;
      place = above;
    }
    tasks[place] = task;
  }

  /** Takes out the first task that isn't cancelled, and due by then. */
  shift(byMs: number): Task | undefined {
    for (let first = this.#tasks[0]; first !== undefined; first = this.#tasks[0]) {
      if (first.dueMs > byMs) return undefined;
      this.#removeFirst();
      if (!this.#cancelled.delete(first.sequence)) return first;
    }
    return undefined;
  }

  #removeFirst(): void {
    const tasks = this.#tasks;
    const last = tasks.pop();
    if (last === undefined || tasks.length === 0) return;
    let place = 0;
    for (;;) {
      const below = this.#earlierChild(place);
      const child = tasks[below];
      if (child === undefined || !isBefore(child, last)) break;
      tasks[place] = child;
      place = below;
    }
    tasks[place] = last;
  }

  #earlierChild(place: number): number {
    const left = this.#tasks[2 * place + 1];
    const right = this.#tasks[2 * place + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * place + 2 : 2 * place + 1;
  }
}

function isBefore(a: Task, b: Task): boolean {
  return a.dueMs - b.dueMs < 0 || (a.dueMs === b.dueMs && compareOrder(a, b) < 0);
}

function compareOrder(a: Task, b: Task): number {
  return a.orderMs - b.orderMs || a.sequence - b.sequence;
}
