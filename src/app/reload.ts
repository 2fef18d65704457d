import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openListenerHandover } from '../api/index.ts';
import {
  type Catalog,
  type CatalogChanges,
  type CheckedCatalog,
  catalogChanges,
  checkCatalog,
  FolderWatch,
  loadCatalog,
} from '../catalog/index.ts';
import { isKamadoError, isMissing } from '../kernel/index.ts';
import { type Application, type ApplicationOptions, startApplication } from './application.ts';
import { clientConnections } from './process/open-files.ts';

/** Callbacks about a changed catalogue. */
export interface ReloadListener {
  /** The application now serves the changed catalogue. */
  readonly onServed: (changes: CatalogChanges, tookMs: number) => void;
  /** The changed catalogue can't be served; the earlier one stays in service. */
  readonly onRefused: (error: unknown) => void;
  /** After a refusal, the files are again those of the catalogue in service. */
  readonly onMended: () => void;
  readonly onWarning: (warning: string) => void;
}

/**
 * Starts an application that checks its catalogue again whenever its files change. A changed catalogue is checked, and
 * then served by a new application on the same data; requests that arrive in between wait. A catalogue that can't be
 * served changes nothing.
 * @throws the errors of `startApplication`
 */
export async function startReloadingApplication(
  options: ApplicationOptions,
  listener: ReloadListener,
): Promise<Application> {
  const { host, port } = options.settings;
  const catalog = await loadCatalog(options.settings.catalog);
  const handover = await openListenerHandover(host, port, clientConnections());
  try {
    const own = { ...options, handover };
    const reloading = new Reloading(own, listener, await startApplication({ ...own, catalog }), catalog);
    reloading.begin();
    return {
      address: handover.address,
      close: async () => {
        await reloading.close();
        await handover.close();
      },
    };
  } catch (error) {
    await handover.close();
    throw error;
  }
}

class Reloading {
  readonly #options: ApplicationOptions;
  readonly #listener: ReloadListener;
  readonly #watch: FolderWatch;
  #application: Application | null;
  /** The catalogue in service. */
  #catalog: Catalog;
  #files: readonly string[] = [];
  #work: Promise<void> = Promise.resolve();
  #refused = false;
  /** The last reported message about a catalogue that can't be read. */
  #unreadable = '';
  #closing = false;

  constructor(options: ApplicationOptions, listener: ReloadListener, application: Application, catalog: Catalog) {
    this.#options = options;
    this.#listener = listener;
    this.#application = application;
    this.#catalog = catalog;
    this.#watch = new FolderWatch(options, () => this.#checkNext());
  }

  /** Begins to watch, and checks at once: files may have changed since they were read. */
  begin(): void {
    this.#checkNext();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#watch.close();
    await this.#work;
    await this.#application?.close();
  }

  #checkNext(): void {
    this.#work = this.#work.then(() => this.#reloadIfChanged()).catch(this.#options.onFatal);
  }

  async #reloadIfChanged(): Promise<void> {
    if (this.#closing) return;
    const checked = await this.#check();
    if (checked === null || this.#closing) return;
    const changes = catalogChanges(this.#catalog, checked);
    const wasRefused = this.#refused;
    this.#refused = false;
    if (isUnchanged(changes)) {
      if (wasRefused) this.#listener.onMended();
      return;
    }
    for (const warning of checked.warnings) this.#listener.onWarning(warning);
    await this.#serve(checked, changes);
  }

  /** The catalogue as its files are now; null if it can't be served. */
  async #check(): Promise<CheckedCatalog | null> {
    try {
      // Changes that happen while the catalogue is read are noticed.
      await this.#watchAround();
      const { settings, handlers = [] } = this.#options;
      const known = { handlers: handlers.map(({ name }) => name), othersMayCome: settings.etcd !== null };
      const checked = await checkCatalog(settings.catalog, known);
      this.#files = checked.files;
      await this.#watchAround();
      this.#unreadable = '';
      if (checked.fault === null) return checked;
      this.#refuseUnlessChanging(checked.fault);
    } catch (error) {
      this.#refuseUnlessChanging(error);
    }
    return null;
  }

  /**
   * Replaces the running application by one with the new catalogue. If its start fails, starts the old catalogue again.
   */
  async #serve(catalog: Catalog, changes: CatalogChanges): Promise<void> {
    const { runtime } = this.#options;
    const beganMs = runtime.monotonicMs();
    const application = this.#application;
    this.#application = null;
    await application?.close();
    try {
      this.#application = await startApplication({ ...this.#options, catalog });
    } catch (error) {
      this.#refuse(error);
      this.#application = await startApplication({ ...this.#options, catalog: this.#catalog });
      return;
    }
    this.#catalog = catalog;
    this.#listener.onServed(changes, runtime.monotonicMs() - beganMs);
  }

  /**
   * Refuses a catalogue unless its files are changing: a file that is being written is checked again when it is
   * complete.
   */
  #refuseUnlessChanging(error: unknown): void {
    if (this.#watch.changing) return;
    // While the catalogue is missing, the folder around it is watched, to which others write as well: the message is
    // reported once.
    const unreadable = isKamadoError(error, 'CATALOG_UNREADABLE') ? error.message : '';
    const isReported = unreadable !== '' && unreadable === this.#unreadable;
    this.#unreadable = unreadable;
    if (!isReported) this.#refuse(error);
  }

  #refuse(error: unknown): void {
    this.#refused = true;
    this.#listener.onRefused(error);
  }

  /** Watches the folders of the catalogue, and those of included files outside of it. */
  async #watchAround(): Promise<void> {
    const own = await foldersBelow(this.#options.settings.catalog);
    this.#watch.watch([...own, ...this.#files.map((file) => dirname(file))]);
  }
}

function isUnchanged({ added, removed, changed }: CatalogChanges): boolean {
  return added.length + removed.length + changed.length === 0;
}

/**
 * A folder and the folders below it. Of a single file, none. If the path doesn't exist, the nearest folder in which it
 * may appear again.
 */
async function foldersBelow(path: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(path, { recursive: true, withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
    return [path, ...folders.filter((folder) => !/[/\\](?:\.|node_modules)/.test(folder.slice(path.length)))];
  } catch (error) {
    if (isMissing(error)) return [nearestFolder(dirname(path))];
    if (error instanceof Error && 'code' in error && error.code === 'ENOTDIR') return [];
    throw error;
  }
}

/** The folder, or its nearest parent that exists. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
