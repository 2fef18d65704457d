import { type Database, openDatabase, type SqlDriver } from '../database/index.ts';
import type { LoadedHooks } from './loaded-hooks.ts';
import { withReportHooks } from './report-hooks.ts';
import { transactionHooks } from './transaction-hooks.ts';
import type { HookContext } from './transaction-run.ts';

/** Opens the database with the hooks of its catalogue; `openDatabase` opens it without hooks. */
export async function openHookedDatabase(
  context: HookContext,
  hooks: LoadedHooks,
  driver: SqlDriver,
): Promise<Database> {
  const database = await openDatabase(context.runtime, driver, context.model, transactionHooks(context, hooks));
  return withReportHooks(context, hooks, database);
}
