import { kamadoError } from '../kernel/index.ts';
import { keys } from '../records/index.ts';
import { oneKey, type Store } from '../store/index.ts';

/**
 * Makes sure that a store and a database belong together: a new store takes the database's id.
 * @throws CLUSTER_MISMATCH
 */
export async function bindCluster(store: Store, clusterId: string): Promise<void> {
  const { succeeded, results } = await store.transact({
    compare: [{ key: keys.cluster, target: 'createRevision', is: '=', value: 0 }],
    success: [{ type: 'put', key: keys.cluster, value: clusterId }],
    failure: [{ type: 'get', range: oneKey(keys.cluster) }],
  });
  if (succeeded) return;
  const [found] = results;
  const owner = found?.type === 'get' ? found.entries[0]?.value : undefined;
  if (owner !== clusterId) throw kamadoError('CLUSTER_MISMATCH', { store: owner ?? '', database: clusterId });
}
