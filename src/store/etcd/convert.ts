import type {
  Compare,
  GetOptions,
  GetResult,
  KeyRange,
  KeyValue,
  Operation,
  OperationResult,
  StoreEvent,
  Transaction,
  TransactionResult,
} from '../store.ts';
import type {
  CompareMessage,
  EventMessage,
  KeyValueMessage,
  RangeRequest,
  RangeResponse,
  RequestOp,
  ResponseOp,
  TxnRequest,
  TxnResponse,
} from './messages.ts';

const RESULTS = { '=': 'EQUAL', '!=': 'NOT_EQUAL', '<': 'LESS', '>': 'GREATER' } as const;

/** Returns a range in etcd's form: bytes; "\0" as the end means all keys from the first one on. */
export function toRange({ from, to }: KeyRange): { readonly key: Buffer; readonly range_end?: Buffer } {
  return to === undefined ? { key: Buffer.from(from) } : { key: Buffer.from(from), range_end: Buffer.from(to) };
}

export function toRangeRequest(range: KeyRange, options: GetOptions): RangeRequest {
  return {
    ...toRange(range),
    ...(options.limit === undefined ? {} : { limit: options.limit }),
    ...(options.revision === undefined ? {} : { revision: options.revision }),
    ...(options.keysOnly === true ? { keys_only: true } : {}),
    ...(options.sort === 'modRevision' ? { sort_order: 'ASCEND', sort_target: 'MOD' } : {}),
  };
}

export function fromRangeResponse(response: RangeResponse, options: GetOptions): GetResult {
  const entries = response.kvs.map(fromKeyValue);
  // etcd's sort isn't stable: keys of one revision are sorted by key here.
  if (options.sort === 'modRevision') {
    entries.sort((a, b) => a.modRevision - b.modRevision || (a.key < b.key ? -1 : 1));
  }
  return {
    entries,
    revision: options.revision ?? Number(response.header.revision),
    count: Number(response.count),
  };
}

export function toTxnRequest({ compare = [], success, failure = [] }: Transaction): TxnRequest {
  return { compare: compare.map(toCompare), success: success.map(toOperation), failure: failure.map(toOperation) };
}

export function fromTxnResponse(response: TxnResponse): TransactionResult {
  return {
    succeeded: response.succeeded,
    revision: Number(response.header.revision),
    results: response.responses.map(fromOperation),
  };
}

export function fromKeyValue(message: KeyValueMessage): KeyValue {
  return {
    key: message.key.toString(),
    value: message.value.toString(),
    createRevision: Number(message.create_revision),
    modRevision: Number(message.mod_revision),
    version: Number(message.version),
    lease: message.lease === '0' ? null : message.lease,
  };
}

export function fromEvent({ type, kv, prev_kv }: EventMessage): StoreEvent {
  const previous = prev_kv === null ? null : fromKeyValue(prev_kv);
  switch (type) {
    case 'PUT':
      return { type: 'put', entry: fromKeyValue(kv), previous };
    case 'DELETE':
      return { type: 'delete', key: kv.key.toString(), modRevision: Number(kv.mod_revision), previous };
  }
}

function toCompare(compare: Compare): CompareMessage {
  const key = Buffer.from(compare.key);
  const result = RESULTS[compare.is];
  switch (compare.target) {
    case 'createRevision':
      return { key, result, target: 'CREATE', create_revision: compare.value };
    case 'modRevision':
      return { key, result, target: 'MOD', mod_revision: compare.value };
    case 'version':
      return { key, result, target: 'VERSION', version: compare.value };
    case 'value':
      return { key, result, target: 'VALUE', value: Buffer.from(compare.value) };
    case 'lease':
      return { key, result, target: 'LEASE', lease: compare.value };
  }
}

function toOperation(operation: Operation): RequestOp {
  switch (operation.type) {
    case 'put': {
      const put = { key: Buffer.from(operation.key), value: Buffer.from(operation.value) };
      return { request_put: operation.lease === undefined ? put : { ...put, lease: operation.lease } };
    }
    case 'delete':
      return { request_delete_range: toRange(operation.range) };
    case 'get':
      return { request_range: toRange(operation.range) };
  }
}

function fromOperation(response: ResponseOp): OperationResult {
  if (response.response_range) return { type: 'get', entries: response.response_range.kvs.map(fromKeyValue) };
  if (response.response_delete_range) {
    return { type: 'delete', deleted: Number(response.response_delete_range.deleted) };
  }
  return { type: 'put' };
}
