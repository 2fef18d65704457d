export { holds } from './compare.ts';
export { follow, keysOfNextPage, readAll } from './follow.ts';
export { whenSpaceIsFree } from './free-space.ts';
export { isCompacted, newestSignature, type Read, stillHas, type Verdict } from './history.ts';
export { campaign, type Term, together } from './leadership.ts';
export { signed } from './signed.ts';
export {
  type Compare,
  type KeyRange,
  type KeyValue,
  type Lease,
  type Operation,
  type OperationResult,
  oneKey,
  type Store,
  type StoreEvent,
  type TransactionResult,
  type Watch,
  withPrefix,
} from './store.ts';
