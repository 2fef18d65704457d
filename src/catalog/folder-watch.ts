import { type FSWatcher, statSync, watch } from 'node:fs';
import { errorText, isMissing, type Log, limits, type Runtime, type Timer } from '../kernel/index.ts';

interface Watched {
  readonly watcher: FSWatcher;
  readonly identity: string;
}

/**
 * Watches folders, each without its subfolders. Watching files would lose those that an editor replaces. Calls
 * `onSettled` after a change, once nothing has changed for `limits.catalogSettledMs`.
 */
export class FolderWatch {
  readonly #runtime: Runtime;
  readonly #log: Log;
  readonly #onSettled: () => void;
  readonly #watchers = new Map<string, Watched>();
  #timer: Timer | null = null;

  constructor(context: { readonly runtime: Runtime; readonly log: Log }, onSettled: () => void) {
    this.#runtime = context.runtime;
    this.#log = context.log;
    this.#onSettled = onSettled;
  }

  /** Whether a change is pending for which `onSettled` wasn't called yet. */
  get changing(): boolean {
    return this.#timer !== null;
  }

  /** Watches these folders, and no others any more. */
  watch(folders: readonly string[]): void {
    const wanted = new Set(folders);
    for (const [folder, { identity }] of this.#watchers) {
      // Another folder may have replaced it, which the watch of the old one doesn't notice.
      if (!wanted.has(folder) || identityOf(folder) !== identity) this.#forget(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#add(folder);
  }

  close(): void {
    this.#timer?.cancel();
    for (const folder of [...this.#watchers.keys()]) this.#forget(folder);
  }

  #add(folder: string): void {
    try {
      const identity = identityOf(folder);
      const watcher = watch(folder, () => this.#changed());
      this.#watchers.set(folder, { watcher, identity });
      watcher.on('error', () => {
        this.#forget(folder);
        this.#changed();
      });
    } catch (error) {
      // It was removed before it could be watched: the watch of the folder around it notices that.
      if (!isMissing(error)) this.#log.warn({ folder, reason: errorText(error) }, 'A folder cannot be watched.');
    }
  }

  #forget(folder: string): void {
    this.#watchers.get(folder)?.watcher.close();
    this.#watchers.delete(folder);
  }

  #changed(): void {
    this.#timer?.cancel();
    this.#timer = this.#runtime.after(limits.catalogSettledMs, () => {
      this.#timer = null;
      this.#onSettled();
    });
  }
}

/** The identity of a folder; '' if it doesn't exist. An inode number alone may soon be reused. */
function identityOf(folder: string): string {
  const found = statSync(folder, { bigint: true, throwIfNoEntry: false });
  return found === undefined ? '' : `${found.dev} ${found.ino} ${found.birthtimeNs}`;
}
