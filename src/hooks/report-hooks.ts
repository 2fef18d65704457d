import { type Database, systemCaller } from '../database/index.ts';
import { errorText, type JsonObject } from '../kernel/index.ts';
import type { ReportEvent } from './events.ts';
import type { LoadedHooks } from './loaded-hooks.ts';
import { runOutside } from './outside-run.ts';
import type { HookContext } from './transaction-run.ts';
import { renderedResource } from './values.ts';

/**
 * The same database, which also runs the hooks after the commit of a state or an observation, for sync. They run once,
 * or not at all if the process ends before; the commit stays in force whatever they do.
 */
export function withReportHooks(context: HookContext, loaded: LoadedHooks, database: Database): Database {
  const report = async (event: ReportEvent, typeId: string, id: string, record: JsonObject): Promise<void> => {
    const name = { type: typeId, hook: event };
    const hooks = loaded.of(typeId, event);
    if (hooks.length === 0) return;
    try {
      const row = await database.get(systemCaller, typeId, id);
      const type = context.model.types.get(typeId);
      const resource = row === null || type === undefined ? null : renderedResource(type, row.body);
      const argument = { id, resource, record };
      for (const hook of hooks) await runOutside({ ...context, database }, name, systemCaller, hook, argument);
    } catch (error) {
      context.log.error(
        { ...name, id, reason: errorText(error) },
        'A hook failed after the commit, which stays in force.',
      );
    }
  };
  return {
    ...database,
    applyState: async (type, id, record) => {
      const outcome = await database.applyState(type, id, record);
      if (outcome === 'applied' || outcome === 'removed') {
        await report('post_state_update', type, id, { ...record });
      }
      return outcome;
    },
    applyMonitoring: async (type, id, version, monitoring) => {
      const outcome = await database.applyMonitoring(type, id, version, monitoring);
      if (outcome === 'applied') await report('post_monitoring', type, id, { version, monitoring });
      return outcome;
    },
  };
}
