import type { Model } from '../schema/index.ts';
import { followsFromOthers } from './behaviour/reads-others.ts';
import { type TransactionHooks, transactionEvents } from './hooks.ts';
import type { Isolation } from './sql.ts';

/**
 * How the transactions of a catalogue are kept apart. What hooks and behaviour read they may rely on, and only they tell
 * what that is; so where there are any that read, every transaction is serializable: one that isn't would not be noticed.
 */
export function isolationOf(model: Model, hooks: TransactionHooks): Exclude<Isolation, 'alone'> {
  const types = [...model.types.values()];
  const isHooked = types.some(({ id }) => transactionEvents.some((event) => hooks.has(id, event)));
  return hooks.outside === true || isHooked || types.some(followsFromOthers) ? 'serializable' : 'rows';
}
