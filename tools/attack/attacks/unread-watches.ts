import type { Attack, Size } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { fillWithItems } from './items.ts';
import { leaveUnread } from './unread.ts';

interface Load {
  readonly rows: number;
  readonly rowBytes: number;
  readonly watches: number;
  readonly holdMs: number;
}

const LOADS: { readonly [size in Size]: Load } = {
  small: { rows: 60, rowBytes: 100_000, watches: 20, holdMs: 1_500 },
  whole: { rows: 130, rowBytes: 200_000, watches: 100, holdMs: 20_000 },
};

/** Watches from the first revision over a large history, which are not read. */
export const unreadWatches: Attack = {
  name: 'unread-watches',
  about: 'watches over a large history that are not read',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    const load = LOADS[stage.size];
    await fillWithItems(stage.target.port, load.rows, load.rowBytes);
    stage.findings.count('watches', load.watches);
    const text = 'GET /kamado/v1/store/watch?prefix=/&from=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
    await leaveUnread(stage, 'watches cut', { connections: load.watches, text, holdMs: load.holdMs });
  },
};
