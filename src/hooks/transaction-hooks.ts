import type { TransactionHooks } from '../database/index.ts';
import type { JsonObject } from '../kernel/index.ts';
import type { ResourceType } from '../schema/index.ts';
import { type HookName, hookFailed } from './hook-errors.ts';
import { HookSecrets } from './hook-secrets.ts';
import type { LoadedHooks } from './loaded-hooks.ts';
import { type HookContext, runInTransaction } from './transaction-run.ts';
import { checkedPatch, renderedResource } from './values.ts';

/** The hooks of a catalogue that run inside of transactions, for the database. */
export function transactionHooks(context: HookContext, loaded: LoadedHooks): TransactionHooks {
  return {
    has: (type, event) => loaded.of(type, event).length > 0,
    outside: loaded.hash !== null,
    run: function* (typeId, event, { caller, id, resource, previous, record }, tx) {
      const type = context.model.types.get(typeId);
      const name = { type: typeId, hook: event };
      const log = context.log.child({ ...name });
      let patched: JsonObject = {};
      if (type === undefined) return null;
      for (const hook of loaded.of(typeId, event)) {
        const argument: object = {
          caller,
          id,
          resource: renderedResource(type, { ...resource, ...patched }),
          ...(previous !== null && changeEvents.has(event) && { previous: renderedResource(type, previous) }),
          ...(record !== null && { record: structuredClone(record) }),
        };
        const secrets = new HookSecrets();
        secrets.add(type, argument);
        const start = (hooksTx: unknown) => hook({ ...argument, log: secrets.log(log), tx: hooksTx });
        const result: unknown = yield* runInTransaction(context, name, tx, secrets, start);
        if (result === undefined || result === null || !patchingEvents.has(event)) continue;
        const patch = checkedPatch(type, result, name, 'its result');
        if ((patch.id ?? id) !== id) throw hookFailed(name, 'its result has another id');
        if (event === 'pre_delete_in_transaction') checkDeletedRow(type, patch, name);
        patched = { ...patched, ...patch };
      }
      return Object.keys(patched).length === 0 ? null : patched;
    },
  };
}

/**
 * Refuses a changed reference of a row that is being deleted: the row keeps its references until it is deleted, because
 * other rows wait for that.
 * @throws HOOK_FAILED
 */
function checkDeletedRow(type: ResourceType, patch: JsonObject, name: HookName): void {
  const relation = type.properties.find((property) => {
    return Object.hasOwn(patch, property.name) && (property.relation !== null || property.listRelation !== null);
  });
  if (relation === undefined) return;
  throw hookFailed(name, `its result: ${relation.name}: a row that is deleted keeps its references`);
}

/** The events whose hooks can set properties. */
const patchingEvents: ReadonlySet<string> = new Set([
  'pre_create_in_transaction',
  'pre_update_in_transaction',
  'pre_delete_in_transaction',
]);

/** The events with two resources: before and after the change. */
const changeEvents: ReadonlySet<string> = new Set(['pre_update_in_transaction', 'post_update_in_transaction']);
