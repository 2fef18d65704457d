import { type House, startHouse } from '../../src/app/application.ts';
import { type Openers, productOpeners } from '../../src/app/factories.ts';
import { systemRuntime } from '../../src/app/process/system-runtime.ts';
import { readSettings, type SettingTexts } from '../../src/app/settings/settings.ts';
import type { SqlDriver } from '../../src/database/sql.ts';
import { type Log, silentLog } from '../../src/kernel/log.ts';
import type { Runtime } from '../../src/kernel/runtime.ts';
import type { Store } from '../../src/store/store.ts';
import { type Rest, restOf } from './rest.ts';

/** A house in this process, with a look at what it stands on. */
export interface HouseHere {
  /** 'http://127.0.0.1:port'. */
  readonly base: string;
  readonly rest: Rest;
  readonly store: Store;
  readonly truth: SqlDriver;
  /** What no retry could mend. */
  readonly fatal: readonly unknown[];
  readonly close: () => Promise<void>;
}

/** Starts a house on a free port. The caller closes it. */
export async function startHouseHere(
  given: { readonly [Name in keyof SettingTexts]?: string },
  log: Log = silentLog,
  environment: NodeJS.ProcessEnv = {},
  runtime: Runtime = systemRuntime,
): Promise<HouseHere> {
  const fatal: unknown[] = [];
  const opened: { store?: Store; truth?: SqlDriver } = {};
  const openers: Openers = {
    ...productOpeners,
    store: async (context) => {
      opened.store = await productOpeners.store(context);
      return opened.store;
    },
    truth: async (context) => {
      opened.truth = await productOpeners.truth(context);
      return opened.truth;
    },
  };
  const settings = readSettings({ port: '0', ...given }, environment);
  // Timers of the runtime don't keep a process alive: while a house stands, something must.
  const alive = setInterval(() => {}, 60_000);
  let house: House;
  try {
    const onFatal = (error: unknown) => fatal.push(error);
    house = await startHouse({ runtime, log, settings, onFatal, openers });
  } catch (error) {
    clearInterval(alive);
    throw error;
  }
  const { store, truth } = opened;
  if (store === undefined || truth === undefined) throw new Error('the house opened nothing');
  return {
    base: `http://127.0.0.1:${house.address.port}`,
    rest: restOf(house.address.port),
    store,
    truth,
    fatal,
    close: async () => {
      await house.close();
      clearInterval(alive);
    },
  };
}
