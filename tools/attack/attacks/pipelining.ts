import { setTimeout as pause } from 'node:timers/promises';
import type { Attack, Size, Stage } from '../attack.ts';
import { onlyCatalog } from '../catalogs.ts';
import { openRawConnection, type RawConnection } from '../raw-connection.ts';
import { fillWithItems } from './items.ts';

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

/** Many requests in one go on each of a few connections, whose answers are not read. */
export const pipelining: Attack = {
  name: 'pipelining',
  about: 'hundreds of pipelined requests for large lists, their answers unread',
  prepare: () => onlyCatalog('fuzz'),
  run: async (stage) => {
    const load = LOADS[stage.size];
    await fillWithItems(stage.target.port, load.rows, load.rowBytes);
    const connections = await Promise.all(
      Array.from({ length: load.connections }, () => openRawConnection(stage.target.port)),
    );
    try {
      await attack(stage, load, connections);
    } finally {
      for (const connection of connections) connection.close();
    }
  },
};

async function attack({ target, findings }: Stage, load: Load, connections: readonly RawConnection[]): Promise<void> {
  const request = 'GET /v1.0/items?limit=1000 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';
  for (const connection of connections) {
    connection.send(request.repeat(load.requests));
    findings.count('requests', load.requests);
  }
  await pause(load.holdMs);
  // Those that are still served are read for a while: what was held back goes out.
  for (const connection of connections) connection.read();
  await pause(load.holdMs / 2);
  findings.count('connections cut', connections.filter((connection) => !connection.isOpen()).length);
  findings.count(
    'bytes received',
    connections.reduce((sum, { receivedBytes }) => sum + receivedBytes(), 0),
  );
  if (target.ended() !== null) findings.violate('the process ended', target.output());
}
