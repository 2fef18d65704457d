import { type Application, startApplication } from '../../src/app/application.ts';
import { type Factories, productFactories } from '../../src/app/factories.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings, type SettingTexts } from '../../src/app/settings/settings.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import type { Runtime } from '../../src/kernel/runtime.ts';
import type { Store } from '../../src/store/store.ts';
import { type Rest, restOf } from './rest.ts';

/** A house in this process, with a look at what it stands on. */
export interface ApplicationHere {
  /** 'http://127.0.0.1:port'. */
  readonly base: string;
  readonly rest: Rest;
  readonly store: Store;
  readonly driver: SqlDriver;
  /** What no retry could mend. */
  readonly fatal: readonly unknown[];
  readonly close: () => Promise<void>;
}

/** Starts a house on a free port. The caller closes it. */
export async function startApplicationHere(
  given: { readonly [Name in keyof SettingTexts]?: string },
  log: Log = silentLog,
  environment: NodeJS.ProcessEnv = {},
  runtime: Runtime = systemRuntime,
): Promise<ApplicationHere> {
  const fatal: unknown[] = [];
  const opened: { store?: Store; driver?: SqlDriver } = {};
  const factories: Factories = {
    ...productFactories,
    store: async (context) => {
      opened.store = await productFactories.store(context);
      return opened.store;
    },
    database: async (context) => {
      opened.driver = await productFactories.database(context);
      return opened.driver;
    },
  };
  const settings = readSettings({ port: '0', ...given }, environment);
  // Timers of the runtime don't keep a process alive: while a house stands, something must.
  const alive = setInterval(() => {}, 60_000);
  let application: Application;
  try {
    const onFatal = (error: unknown) => fatal.push(error);
    application = await startApplication({ runtime, log, settings, onFatal, factories });
  } catch (error) {
    clearInterval(alive);
    throw error;
  }
  const { store, driver } = opened;
  if (store === undefined || driver === undefined) throw new Error('the house opened nothing');
  return {
    base: `http://127.0.0.1:${application.address.port}`,
    rest: restOf(application.address.port),
    store,
    driver,
    fatal,
    close: async () => {
      await application.close();
      clearInterval(alive);
    },
  };
}
