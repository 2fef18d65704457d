import pg from 'pg';
import { errorText, type Log, limits, type Runtime, reconnecting, sleep } from '../../kernel/index.ts';
import { CHANNEL } from './postgres-dialect.ts';

/**
 * Holds one connection that listens, and calls `notify` for every commit that queued an event. After a loss it reconnects
 * and calls `notify` at once, since a notification may have been missed. A query finds out whether a silent connection is
 * dead. Resolves after `ending`.
 */
export async function listen(
  runtime: Runtime,
  log: Log,
  url: string,
  notify: () => void,
  ending: AbortSignal,
): Promise<void> {
  const pauses = reconnecting();
  while (!ending.aborted) {
    const client = new pg.Client({
      connectionString: url,
      application_name: 'kamado listener',
      connectionTimeoutMillis: limits.databaseConnectTimeoutMs,
      query_timeout: limits.databaseListenCheckMs,
    });
    const over = new AbortController();
    const end = (): void => over.abort();
    const endNow = (): void => {
      end();
      // The pending query may never be answered.
      leave(client);
    };
    client.on('end', end);
    client.on('error', end);
    ending.addEventListener('abort', endNow, { once: true });
    try {
      await client.connect();
      client.on('notification', notify);
      await client.query(`LISTEN ${CHANNEL}`);
      pauses.reset();
      notify();
      while (!over.signal.aborted) {
        await sleep(runtime, limits.databaseListenCheckMs, over.signal);
        if (!over.signal.aborted) await client.query('SELECT 1');
      }
    } catch (error) {
      log.warn({ reason: errorText(error) }, 'PostgreSQL does not answer the listener.');
    }
    ending.removeEventListener('abort', endNow);
    leave(client);
    if (!ending.aborted) await sleep(runtime, pauses.nextMs(), ending);
  }
}

/** Ends a connection without waiting for the server, which may be gone. */
function leave(client: pg.Client): void {
  client.connection.stream.destroy();
}
