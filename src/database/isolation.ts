import type { Model } from '../schema/index.ts';
import { followsFromOthers } from './behaviour/reads-others.ts';
import { type TransactionHooks, transactionEvents } from './hooks.ts';
import type { Isolation } from './sql.ts';

/**
 * Returns the isolation of a catalogue's transactions. Hooks and behaviour may rely on what they read, and only they
 * know what that is. So if a catalogue has any that read, every transaction is serializable: the database would not
 * notice a conflict with one that isn't.
 */
export function isolationOf(model: Model, hooks: TransactionHooks): Exclude<Isolation, 'alone'> {
  const types = [...model.types.values()];
  const isHooked = types.some(({ id }) => transactionEvents.some((event) => hooks.has(id, event)));
  return hooks.outside === true || isHooked || types.some(followsFromOthers) ? 'serializable' : 'rows';
}
