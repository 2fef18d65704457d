import type {
  Compare,
  KeyRange,
  KeyValue,
  Operation,
  OperationResult,
  StoreEvent,
  Transaction,
  TransactionResult,
} from '../../src/store/store.ts';

type Keys = ReadonlyMap<string, KeyValue>;

/** A store as simple as can be: a map for each revision. What a real one does is compared with it. */
export class ModelStore {
  /** The events of each revision since the first one. */
  readonly events: { readonly revision: number; readonly events: readonly StoreEvent[] }[] = [];
  readonly #states: Keys[] = [new Map()];
  readonly #firstRevision: number;

  constructor(firstRevision: number) {
    this.#firstRevision = firstRevision;
  }

  get revision(): number {
    return this.#firstRevision + this.#states.length - 1;
  }

  /** What a range held at a revision. */
  at(range: KeyRange, revision: number): KeyValue[] {
    return select(this.#states[revision - this.#firstRevision] ?? new Map(), range);
  }

  /** The result, or 'refused'. */
  transact({ compare = [], success, failure = [] }: Transaction): TransactionResult | 'refused' {
    if (writesTwice(success) || writesTwice(failure)) return 'refused';
    const now = this.#states.at(-1) ?? new Map<string, KeyValue>();
    const succeeded = compare.every((condition) => holds(now.get(condition.key), condition));
    const next = new Map(now);
    const events: StoreEvent[] = [];
    const results = (succeeded ? success : failure).map((operation) =>
      perform(next, operation, this.revision + 1, events),
    );
    if (events.length > 0) {
      this.#states.push(next);
      this.events.push({ revision: this.revision, events });
    }
    return { succeeded, revision: this.revision, results };
  }
}

function perform(
  keys: Map<string, KeyValue>,
  operation: Operation,
  revision: number,
  events: StoreEvent[],
): OperationResult {
  if (operation.type === 'get') return { type: 'get', entries: select(keys, operation.range) };
  if (operation.type === 'delete') {
    const entries = select(keys, operation.range);
    for (const previous of entries) {
      keys.delete(previous.key);
      events.push({ type: 'delete', key: previous.key, modRevision: revision, previous });
    }
    return { type: 'delete', deleted: entries.length };
  }
  const { key, value } = operation;
  const previous = keys.get(key) ?? null;
  const entry: KeyValue = {
    key,
    value,
    createRevision: previous === null ? revision : previous.createRevision,
    modRevision: revision,
    version: previous === null ? 1 : previous.version + 1,
    lease: null,
  };
  keys.set(key, entry);
  events.push({ type: 'put', entry, previous });
  return { type: 'put' };
}

function select(keys: Keys, range: KeyRange): KeyValue[] {
  return [...keys.values()].filter(({ key }) => contains(range, key)).sort((a, b) => (a.key < b.key ? -1 : 1));
}

function contains({ from, to }: KeyRange, key: string): boolean {
  return to === undefined ? key === from : key >= from && key < to;
}

function writesTwice(operations: readonly Operation[]): boolean {
  return operations.some(
    (put, index) =>
      put.type === 'put' &&
      operations.some(
        (other, otherIndex) =>
          (other.type === 'delete' && contains(other.range, put.key)) ||
          (other.type === 'put' && other.key === put.key && otherIndex !== index),
      ),
  );
}

function holds(entry: KeyValue | undefined, compare: Compare): boolean {
  if (compare.target === 'value' && entry === undefined) return false;
  const actual = entry?.[compare.target] ?? (compare.target === 'lease' ? '0' : 0);
  const sign = actual === compare.value ? '=' : Number(actual) < Number(compare.value) ? '<' : '>';
  return compare.is === '!=' ? sign !== '=' : compare.is === sign;
}
