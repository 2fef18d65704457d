import { keys } from '../records/index.ts';
import { campaign, follow, type KeyValue, type StoreEvent, type Term, together, withPrefix } from '../store/index.ts';
import type { ControllerContext } from './controller-context.ts';
import { ControllerState } from './controller-state.ts';
import { Reactor } from './reactor.ts';

/** A running controller component. */
export interface Controller {
  readonly close: () => Promise<void>;
}

/**
 * Starts the controller component: it reads intents from /config, plans them as jobs, and moves the jobs through their
 * lists. One controller leads. Each term begins from the store's content only, without the memory of an earlier term.
 */
export function startController(context: ControllerContext, onFatal: (error: unknown) => void): Controller {
  return campaign({
    runtime: context.runtime,
    store: context.store,
    log: context.log,
    key: keys.controllerLeader,
    value: context.runtime.uuid(),
    lead: (term) => lead(context, term),
    onFatal,
  });
}

async function lead(context: ControllerContext, term: Term): Promise<void> {
  const reactor = new Reactor(context, term.guard, new ControllerState(context.model));
  const follower = {
    onSnapshot: (entries: readonly KeyValue[], revision: number) => reactor.onSnapshot(entries, revision),
    onEvents: (events: readonly StoreEvent[], revision: number) => reactor.onEvents(events, revision),
  };
  await together(term, [
    ({ ended }) => reactor.run(ended),
    ({ ended }) => follow(context, withPrefix('/'), follower, ended),
  ]);
}
