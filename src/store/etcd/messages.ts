/**
 * The messages of etcd's API v3 in the form of the codec of protocol.ts. An int64 is received as a decimal string, and
 * sent as a number or a decimal string. Omitted fields are zero.
 */
type Int64 = string | number;

export interface Header {
  readonly revision: string;
}

export interface KeyValueMessage {
  readonly key: Buffer;
  readonly create_revision: string;
  readonly mod_revision: string;
  readonly version: string;
  readonly value: Buffer;
  readonly lease: string;
}

export interface RangeRequest {
  readonly key: Buffer;
  readonly range_end?: Buffer;
  readonly limit?: Int64;
  readonly revision?: Int64;
  readonly sort_order?: 'ASCEND';
  readonly sort_target?: 'MOD';
  readonly keys_only?: boolean;
  readonly count_only?: boolean;
}

export interface RangeResponse {
  readonly header: Header;
  readonly kvs: readonly KeyValueMessage[];
  readonly count: string;
}

export type RequestOp =
  | { readonly request_range: RangeRequest }
  | { readonly request_put: { readonly key: Buffer; readonly value: Buffer; readonly lease?: Int64 } }
  | { readonly request_delete_range: { readonly key: Buffer; readonly range_end?: Buffer } };

export interface ResponseOp {
  readonly response_range?: { readonly kvs: readonly KeyValueMessage[] } | null;
  readonly response_put?: object | null;
  readonly response_delete_range?: { readonly deleted: string } | null;
}

export interface CompareMessage {
  readonly key: Buffer;
  readonly result: 'EQUAL' | 'GREATER' | 'LESS' | 'NOT_EQUAL';
  readonly target: 'VERSION' | 'CREATE' | 'MOD' | 'VALUE' | 'LEASE';
  readonly version?: Int64;
  readonly create_revision?: Int64;
  readonly mod_revision?: Int64;
  readonly value?: Buffer;
  readonly lease?: Int64;
}

export interface TxnRequest {
  readonly compare: readonly CompareMessage[];
  readonly success: readonly RequestOp[];
  readonly failure: readonly RequestOp[];
}

export interface TxnResponse {
  readonly header: Header;
  readonly succeeded: boolean;
  readonly responses: readonly ResponseOp[];
}

export interface CompactionRequest {
  readonly revision: Int64;
}

export interface HeaderResponse {
  readonly header: Header;
}

export interface WatchRequest {
  readonly create_request: {
    readonly key: Buffer;
    readonly range_end?: Buffer;
    readonly start_revision: Int64;
    readonly progress_notify: boolean;
    readonly prev_kv: boolean;
  };
}

export interface EventMessage {
  readonly type: 'PUT' | 'DELETE';
  readonly kv: KeyValueMessage;
  readonly prev_kv: KeyValueMessage | null;
}

export interface WatchResponse {
  readonly header: Header;
  readonly created: boolean;
  readonly canceled: boolean;
  readonly compact_revision: string;
  readonly cancel_reason: string;
  readonly events: readonly EventMessage[];
}

export interface LeaseGrantRequest {
  /** In seconds. */
  readonly TTL: Int64;
  readonly ID: Int64;
}

export interface LeaseRequest {
  readonly ID: Int64;
}

export interface LeaseResponse {
  readonly header: Header;
  readonly ID: string;
  /** In seconds; 0 if the lease is gone. */
  readonly TTL: string;
}

export interface StatusResponse {
  readonly errors: readonly string[];
}

export interface AuthenticateRequest {
  readonly name: string;
  readonly password: string;
}

export interface AuthenticateResponse {
  readonly token: string;
}
