import type { Attack, Size } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { fillWithItems } from './items.ts';
import { leaveUnread } from './unread.ts';

interface Load {
  readonly rows: number;
  readonly rowBytes: number;
  readonly connections: number;
  readonly requests: number;
  readonly holdMs: number;
}

const LOADS: { readonly [size in Size]: Load } = {
  small: { rows: 50, rowBytes: 20_000, connections: 3, requests: 300, holdMs: 1_000 },
  whole: { rows: 100, rowBytes: 20_000, connections: 6, requests: 1_200, holdMs: 20_000 },
};

/** Many requests at once on each of a few connections, whose answers are not read. */
export const pipelining: Attack = {
  name: 'pipelining',
  about: 'hundreds of pipelined requests for large lists, their answers unread',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    const load = LOADS[stage.size];
    await fillWithItems(stage.target.port, load.rows, load.rowBytes);
    stage.findings.count('requests', load.connections * load.requests);
    const text = 'GET /v1.0/items?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.repeat(load.requests);
    await leaveUnread(stage, 'connections cut', { ...load, text });
  },
};
