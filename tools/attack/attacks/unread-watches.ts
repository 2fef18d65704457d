import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Size } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { openRawConnection } from '../raw-connection.ts';
import { fillWithItems } from './items.ts';

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
  run: async ({ target, size, findings }) => {
    const load = LOADS[size];
    await fillWithItems(target.port, load.rows, load.rowBytes);
    const connections = await Promise.all(Array.from({ length: load.watches }, () => openRawConnection(target.port)));
    try {
      for (const connection of connections) {
        connection.send('GET /kamado/v1/store/watch?prefix=/&from=1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n');
      }
      findings.count('watches', connections.length);
      await pause(load.holdMs);
      for (const connection of connections) connection.read();
      await pause(load.holdMs / 2);
      findings.count('watches cut', connections.filter((connection) => !connection.isOpen()).length);
      findings.count(
        'bytes received',
        connections.reduce((sum, { receivedBytes }) => sum + receivedBytes(), 0),
      );
      if (target.ended() !== null) findings.violate('the process ended', target.output());
    } finally {
      for (const connection of connections) connection.close();
    }
  },
};
