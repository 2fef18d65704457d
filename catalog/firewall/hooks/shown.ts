import { defineHooks, type Transaction, type Work } from 'kamado';
import type { Firewall, Types } from '../types.ts';
import { interfacesOf } from './slots.ts';

/** A firewall is shown with its interfaces as they are, and without its passwords. */
export const shown = defineHooks<Types, 'firewall'>('firewall', {
  post_show: ({ resource, transaction }) => transaction((tx) => asShown(tx, resource)),

  post_list: ({ resources, transaction }) =>
    transaction(function* (tx) {
      const all: object[] = [];
      for (const resource of resources) all.push(yield* asShown(tx, resource));
      return all;
    }),
});

function* asShown(tx: Transaction<Types>, resource: Firewall): Work<object> {
  const { user_password, admin_password, other_password, ...open } = resource;
  const interfaces = yield* interfacesOf(tx, resource.id);
  return { ...open, interfaces: interfaces.map(({ body: { description, firewall_id, tenant_id, ...one } }) => one) };
}
