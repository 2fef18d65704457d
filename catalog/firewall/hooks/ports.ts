import { defineHooks } from 'kamado';
import type { Port, Types } from '../types.ts';

/** A port that its virtual machine lets go is off the wire at once; one that is deleted for good is kept no longer. */
export const letGo = defineHooks<Types, 'port'>('port', {
  pre_update_in_transaction: ({ resource, previous }) =>
    ofMachine(previous) && !ofMachine(resource) ? { attached: false } : undefined,
  pre_delete_in_transaction: ({ resource }) => (resource.fake_delete ? { fake_delete: false } : undefined),
});

function ofMachine({ device_owner: owner }: Port): boolean {
  return owner?.startsWith('compute') === true;
}
