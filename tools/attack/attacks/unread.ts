import { setTimeout as pause } from 'node:timers/promises';
import type { Stage } from '../attack.ts';
import { openRawConnection } from '../raw-connection.ts';

/** Requests that are sent at once on each of several connections, and the time in which their answers aren't read. */
interface Unread {
  readonly connections: number;
  readonly text: string;
  readonly holdMs: number;
}

/**
 * Sends requests and reads nothing for a while, then reads the answers for half as long: the process must survive that.
 * Counts the closed connections as `cut`.
 */
export async function leaveUnread({ target, findings }: Stage, cut: string, unread: Unread): Promise<void> {
  const opened = Array.from({ length: unread.connections }, () => openRawConnection(target.port));
  const connections = await Promise.all(opened);
  try {
    for (const connection of connections) connection.send(unread.text);
    await pause(unread.holdMs);
    for (const connection of connections) connection.read();
    await pause(unread.holdMs / 2);
    findings.count(cut, connections.filter((connection) => !connection.isOpen()).length);
    findings.count(
      'bytes received',
      connections.reduce((sum, { receivedBytes }) => sum + receivedBytes(), 0),
    );
    if (target.ended() !== null) findings.violate('the process ended', target.output());
  } finally {
    for (const connection of connections) connection.close();
  }
}
