import { errorText, type Log } from '../kernel/index.ts';

/** Calls a watcher. Its own error is logged: it must not keep others, or the rest of its events, from being told. */
export function callWatcher(log: Log, call: () => void): void {
  try {
    call();
  } catch (error) {
    log.error({ reason: errorText(error) }, 'a watcher of the store failed');
  }
}
