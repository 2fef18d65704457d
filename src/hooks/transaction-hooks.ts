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
      let wanted: JsonObject = {};
      if (type === undefined) return null;
      for (const hook of loaded.of(typeId, event)) {
        const reported: object = {
          caller,
          id,
          resource: renderedResource(type, { ...resource, ...wanted }),
          ...(previous !== null && changes.has(event) && { previous: renderedResource(type, previous) }),
          ...(record !== null && { record: structuredClone(record) }),
        };
        const secrets = new HookSecrets();
        secrets.add(type, reported);
        const start = (hooksTx: unknown) => hook({ ...reported, log: secrets.log(log), tx: hooksTx });
        const result: unknown = yield* runInTransaction(context, name, tx, secrets, start);
        if (result === undefined || result === null || !wants.has(event)) continue;
        const patch = checkedPatch(type, result, name, 'what it returns');
        if ((patch.id ?? id) !== id) throw hookFailed(name, 'what it returns has another id');
        if (event === 'pre_delete_in_transaction') checkFarewell(type, patch, name);
        wanted = { ...wanted, ...patch };
      }
      return Object.keys(wanted).length === 0 ? null : wanted;
    },
  };
}

/** What goes refers to what it did: others wait for that. @throws HOOK_FAILED */
function checkFarewell(type: ResourceType, patch: JsonObject, name: HookName): void {
  const relation = type.properties.find((property) => {
    return Object.hasOwn(patch, property.name) && (property.relation !== null || property.listRelation !== null);
  });
  if (relation === undefined) return;
  throw hookFailed(name, `what it returns: ${relation.name}: what is deleted keeps what it refers to`);
}

/** The events whose hooks can have properties set. */
const wants: ReadonlySet<string> = new Set([
  'pre_create_in_transaction',
  'pre_update_in_transaction',
  'pre_delete_in_transaction',
]);

/** The events that have two resources to tell apart: before and after. */
const changes: ReadonlySet<string> = new Set(['pre_update_in_transaction', 'post_update_in_transaction']);
