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

/** Hears what becomes of a changed catalogue. */
export interface ReloadListener {
  /** The house now serves the changed catalogue. */
  readonly onServed: (changes: CatalogChanges, tookMs: number) => void;
  /** It can't be served; what was served before goes on. */
  readonly onRefused: (error: unknown) => void;
  /** After a refusal the catalogue is again what is served. */
  readonly onMended: () => void;
  readonly onWarning: (warning: string) => void;
}

/**
 * Starts a house whose catalogue is looked at again whenever its files change. A changed one is checked, and then served
 * by a new house on the same data; requests that come in between wait. One that can't be served changes nothing.
 * @throws what `startApplication` throws
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
  #house: Application | null;
  /** What is served. */
  #catalog: Catalog;
  #files: readonly string[] = [];
  #work: Promise<void> = Promise.resolve();
  #refused = false;
  /** What was said last of a catalogue that can't be read. */
  #unreadable = '';
  #closing = false;

  constructor(options: ApplicationOptions, listener: ReloadListener, application: Application, catalog: Catalog) {
    this.#options = options;
    this.#listener = listener;
    this.#house = application;
    this.#catalog = catalog;
    this.#watch = new FolderWatch(options, () => this.#lookNext());
  }

  /** Watches, and looks at once: files may have changed since they were read. */
  begin(): void {
    this.#lookNext();
  }

  async close(): Promise<void> {
    this.#closing = true;
    this.#watch.close();
    await this.#work;
    await this.#house?.close();
  }

  #lookNext(): void {
    this.#work = this.#work.then(() => this.#look()).catch(this.#options.onFatal);
  }

  async #look(): Promise<void> {
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

  /** The catalogue as it is now; null where it can't be served. */
  async #check(): Promise<CheckedCatalog | null> {
    try {
      // What changes while it is read is heard of.
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

  /** Puts another house in the place of the one that stands; where that fails, the old catalogue's again. */
  async #serve(catalog: Catalog, changes: CatalogChanges): Promise<void> {
    const { runtime } = this.#options;
    const beganMs = runtime.monotonicMs();
    const application = this.#house;
    this.#house = null;
    await application?.close();
    try {
      this.#house = await startApplication({ ...this.#options, catalog });
    } catch (error) {
      this.#refuse(error);
      this.#house = await startApplication({ ...this.#options, catalog: this.#catalog });
      return;
    }
    this.#catalog = catalog;
    this.#listener.onServed(changes, runtime.monotonicMs() - beganMs);
  }

  /** A file that is being written is looked at again when it is complete. */
  #refuseUnlessChanging(error: unknown): void {
    if (this.#watch.changing) return;
    // While it is away its surroundings are watched, where others write as well: it is said once.
    const unreadable = isKamadoError(error, 'CATALOG_UNREADABLE') ? error.message : '';
    const isTold = unreadable !== '' && unreadable === this.#unreadable;
    this.#unreadable = unreadable;
    if (!isTold) this.#refuse(error);
  }

  #refuse(error: unknown): void {
    this.#refused = true;
    this.#listener.onRefused(error);
  }

  /** Watches the folders of the catalogue, and of the files outside of it that it includes. */
  async #watchAround(): Promise<void> {
    const own = await foldersBelow(this.#options.settings.catalog);
    this.#watch.watch([...own, ...this.#files.map((file) => dirname(file))]);
  }
}

function isUnchanged({ added, removed, changed }: CatalogChanges): boolean {
  return added.length + removed.length + changed.length === 0;
}

/** A folder and those below it; of a single file, none; where nothing is there, the folder in which it will come back. */
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

/** A folder, or the one around it that is there. */
function nearestFolder(path: string): string {
  return existsSync(path) || dirname(path) === path ? path : nearestFolder(dirname(path));
}
