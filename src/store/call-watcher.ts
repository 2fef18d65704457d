import { errorText, type Log } from '../kernel/index.ts';

/**
 * Calls a watcher, and logs its error: it must not keep other watchers, or its own next events, from being delivered.
 */
export function callWatcher(log: Log, call: () => void): void {
  try {
    call();
  } catch (error) {
    log.error({ reason: errorText(error) }, 'a watcher of the store failed');
  }
}
