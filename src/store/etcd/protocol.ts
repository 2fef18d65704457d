import { fromJSON, type MethodDefinition } from '@grpc/proto-loader';
import type * as messages from './messages.ts';

/** A method of a gRPC service: its path, and its messages' codec. */
export interface Method<Request, Response> {
  readonly path: string;
  readonly encode: (request: Request) => Buffer;
  readonly decode: (bytes: Buffer) => Response;
}

interface Field {
  readonly type: string;
  readonly id: number;
  readonly rule?: 'repeated';
}

type Fields = { readonly [name: string]: Field };

/** `one('bytes', 1)`: a field with its type and number. */
const one = (type: string, id: number): Field => ({ type, id });
const many = (type: string, id: number): Field => ({ type, id, rule: 'repeated' });
const message = (fields: Fields, oneofs: { readonly [name: string]: readonly string[] } = {}) => ({
  fields: { ...fields },
  oneofs: Object.fromEntries(Object.entries(oneofs).map(([name, oneof]) => [name, { oneof: [...oneof] }])),
});
const unary = (name: string) => ({ requestType: `${name}Request`, responseType: `${name}Response`, comment: '' });
const stream = (name: string) => ({ ...unary(name), requestStream: true, responseStream: true });

/** The used part of etcd's API v3, with its names and numbers (api/mvccpb/kv.proto). */
const keyValueMessages = {
  KeyValue: message({
    key: one('bytes', 1),
    create_revision: one('int64', 2),
    mod_revision: one('int64', 3),
    version: one('int64', 4),
    value: one('bytes', 5),
    lease: one('int64', 6),
  }),
  Event: {
    ...message({ type: one('EventType', 1), kv: one('KeyValue', 2), prev_kv: one('KeyValue', 3) }),
    nested: { EventType: { values: { PUT: 0, DELETE: 1 } } },
  },
};

/** The same of api/etcdserverpb/rpc.proto: reading and writing. */
const transactionMessages = {
  ResponseHeader: message({
    cluster_id: one('uint64', 1),
    member_id: one('uint64', 2),
    revision: one('int64', 3),
    raft_term: one('uint64', 4),
  }),
  RangeRequest: {
    ...message({
      key: one('bytes', 1),
      range_end: one('bytes', 2),
      limit: one('int64', 3),
      revision: one('int64', 4),
      sort_order: one('SortOrder', 5),
      sort_target: one('SortTarget', 6),
      keys_only: one('bool', 8),
      count_only: one('bool', 9),
    }),
    nested: {
      SortOrder: { values: { NONE: 0, ASCEND: 1, DESCEND: 2 } },
      SortTarget: { values: { KEY: 0, VERSION: 1, CREATE: 2, MOD: 3, VALUE: 4 } },
    },
  },
  RangeResponse: message({
    header: one('ResponseHeader', 1),
    kvs: many('mvccpb.KeyValue', 2),
    more: one('bool', 3),
    count: one('int64', 4),
  }),
  PutRequest: message({ key: one('bytes', 1), value: one('bytes', 2), lease: one('int64', 3) }),
  PutResponse: message({ header: one('ResponseHeader', 1) }),
  DeleteRangeRequest: message({ key: one('bytes', 1), range_end: one('bytes', 2) }),
  DeleteRangeResponse: message({ header: one('ResponseHeader', 1), deleted: one('int64', 2) }),
  RequestOp: message(
    {
      request_range: one('RangeRequest', 1),
      request_put: one('PutRequest', 2),
      request_delete_range: one('DeleteRangeRequest', 3),
    },
    { request: ['request_range', 'request_put', 'request_delete_range'] },
  ),
  ResponseOp: message(
    {
      response_range: one('RangeResponse', 1),
      response_put: one('PutResponse', 2),
      response_delete_range: one('DeleteRangeResponse', 3),
    },
    { response: ['response_range', 'response_put', 'response_delete_range'] },
  ),
  Compare: {
    ...message(
      {
        result: one('CompareResult', 1),
        target: one('CompareTarget', 2),
        key: one('bytes', 3),
        version: one('int64', 4),
        create_revision: one('int64', 5),
        mod_revision: one('int64', 6),
        value: one('bytes', 7),
        lease: one('int64', 8),
      },
      { target_union: ['version', 'create_revision', 'mod_revision', 'value', 'lease'] },
    ),
    nested: {
      CompareResult: { values: { EQUAL: 0, GREATER: 1, LESS: 2, NOT_EQUAL: 3 } },
      CompareTarget: { values: { VERSION: 0, CREATE: 1, MOD: 2, VALUE: 3, LEASE: 4 } },
    },
  },
  TxnRequest: message({ compare: many('Compare', 1), success: many('RequestOp', 2), failure: many('RequestOp', 3) }),
  TxnResponse: message({
    header: one('ResponseHeader', 1),
    succeeded: one('bool', 2),
    responses: many('ResponseOp', 3),
  }),
  CompactionRequest: message({ revision: one('int64', 1) }),
  CompactionResponse: message({ header: one('ResponseHeader', 1) }),
};

/** The same of rpc.proto: watches, leases and users. */
const sessionMessages = {
  WatchRequest: message({ create_request: one('WatchCreateRequest', 1) }, { request_union: ['create_request'] }),
  WatchCreateRequest: message({
    key: one('bytes', 1),
    range_end: one('bytes', 2),
    start_revision: one('int64', 3),
    progress_notify: one('bool', 4),
    prev_kv: one('bool', 6),
  }),
  WatchResponse: message({
    header: one('ResponseHeader', 1),
    watch_id: one('int64', 2),
    created: one('bool', 3),
    canceled: one('bool', 4),
    compact_revision: one('int64', 5),
    cancel_reason: one('string', 6),
    events: many('mvccpb.Event', 11),
  }),
  LeaseGrantRequest: message({ TTL: one('int64', 1), ID: one('int64', 2) }),
  LeaseGrantResponse: message({ header: one('ResponseHeader', 1), ID: one('int64', 2), TTL: one('int64', 3) }),
  LeaseRevokeRequest: message({ ID: one('int64', 1) }),
  LeaseRevokeResponse: message({ header: one('ResponseHeader', 1) }),
  LeaseKeepAliveRequest: message({ ID: one('int64', 1) }),
  LeaseKeepAliveResponse: message({ header: one('ResponseHeader', 1), ID: one('int64', 2), TTL: one('int64', 3) }),
  StatusRequest: message({}),
  // `errors` is how etcd 3.4 and later report alarms.
  StatusResponse: message({ header: one('ResponseHeader', 1), errors: many('string', 8) }),
  AuthenticateRequest: message({ name: one('string', 1), password: one('string', 2) }),
  AuthenticateResponse: message({ header: one('ResponseHeader', 1), token: one('string', 2) }),
};

const services = {
  KV: { methods: { Range: unary('Range'), Txn: unary('Txn'), Compact: unary('Compaction') } },
  Watch: { methods: { Watch: stream('Watch') } },
  Lease: {
    methods: {
      LeaseGrant: unary('LeaseGrant'),
      LeaseRevoke: unary('LeaseRevoke'),
      LeaseKeepAlive: stream('LeaseKeepAlive'),
    },
  },
  Maintenance: { methods: { Status: unary('Status') } },
  Auth: { methods: { Authenticate: unary('Authenticate') } },
};

const definition = fromJSON(
  {
    nested: {
      mvccpb: { nested: keyValueMessages },
      etcdserverpb: { nested: { ...transactionMessages, ...sessionMessages, ...services } },
    },
  },
  // Numbers of 64 bits are decimal strings: ids use all bits.
  { keepCase: true, longs: String, enums: String, defaults: true, arrays: true, oneofs: true },
);

/** The used methods of etcd's API v3. */
export const methods = {
  range: method<messages.RangeRequest, messages.RangeResponse>('KV', 'Range'),
  transact: method<messages.TxnRequest, messages.TxnResponse>('KV', 'Txn'),
  compact: method<messages.CompactionRequest, messages.HeaderResponse>('KV', 'Compact'),
  watch: method<messages.WatchRequest, messages.WatchResponse>('Watch', 'Watch'),
  grantLease: method<messages.LeaseGrantRequest, messages.LeaseResponse>('Lease', 'LeaseGrant'),
  revokeLease: method<messages.LeaseRequest, messages.HeaderResponse>('Lease', 'LeaseRevoke'),
  keepLeaseAlive: method<messages.LeaseRequest, messages.LeaseResponse>('Lease', 'LeaseKeepAlive'),
  status: method<object, messages.StatusResponse>('Maintenance', 'Status'),
  authenticate: method<messages.AuthenticateRequest, messages.AuthenticateResponse>('Auth', 'Authenticate'),
};

/** The only cast between the types of messages.ts and the codec: the types correspond to the tables above. */
function method<Request extends object, Response>(service: string, name: string): Method<Request, Response> {
  const methods = definition[`etcdserverpb.${service}`];
  const found: unknown = methods === undefined ? undefined : Reflect.get(methods, name);
  const { path, requestSerialize, responseDeserialize } = found as MethodDefinition<Request, Response>;
  return { path, encode: requestSerialize, decode: responseDeserialize };
}
