import { limits } from '../kernel/index.ts';
import type { Compare, Operation } from '../store/index.ts';
import type { WorkItem } from './work-list.ts';
import type { Writes } from './writes.ts';

/** The operations of a transaction that the guard, its read, and the writer's signature need. */
const RESERVED_OPERATIONS = 3;

/** The writes of several items that go to the store as one transaction. */
export class Batch {
  readonly items: WorkItem[] = [];
  readonly compare: Compare[] = [];
  readonly operations: Operation[] = [];
  #bytes = 0;

  get isEmpty(): boolean {
    return this.operations.length === 0;
  }

  /**
   * Whether `writes` can be added: the limits of a transaction hold, and none of its operations or comparisons concerns
   * a staged key, whose revision isn't known and which can't be written twice.
   */
  accepts(writes: Writes, mirror: { readonly isStaged: (key: string) => boolean }): boolean {
    if (this.isEmpty) return true;
    const most = limits.transactionOperations - RESERVED_OPERATIONS;
    if (this.operations.length + writes.operations.length > most) return false;
    if (this.compare.length + writes.compare.length > most) return false;
    if (this.#bytes + sizeOf(writes.operations) > limits.transactionBytes / 2) return false;
    const spoken = [...writes.compare.map((compare) => compare.key), ...writes.operations.flatMap(keyOf)];
    return !spoken.some((key) => mirror.isStaged(key));
  }

  add(item: WorkItem, writes: Writes): void {
    this.items.push(item);
    this.compare.push(...writes.compare);
    this.operations.push(...writes.operations);
    this.#bytes += sizeOf(writes.operations);
  }
}

function keyOf(operation: Operation): readonly string[] {
  if (operation.type === 'get') return [];
  return [operation.type === 'put' ? operation.key : operation.range.from];
}

/** The bytes that operations write. */
export function sizeOf(operations: readonly Operation[]): number {
  return operations.reduce((sum, op) => sum + (op.type === 'put' ? op.key.length + Buffer.byteLength(op.value) : 0), 0);
}
