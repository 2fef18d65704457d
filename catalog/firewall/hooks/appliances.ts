import { defineHooks, refuse } from 'kamado';
import type { Types } from '../types.ts';

function managed(what: string): Error {
  return refuse({
    status: 409,
    code: 'COMES_WITH_FIREWALL',
    message: `${what} come with their firewall, and go with it.`,
    remedy: 'Order or delete the firewall.',
  });
}

const byClients = (what: string) => ({
  pre_create: () => {
    throw managed(what);
  },
  pre_delete: () => {
    throw managed(what);
  },
});

export const interfaces = defineHooks<Types, 'firewall_interface'>('firewall_interface', byClients('Interfaces'));
export const machineInterfaces = defineHooks<Types, 'vnf_interface'>(
  'vnf_interface',
  byClients('Interfaces of appliances'),
);

export const machines = defineHooks<Types, 'vnf_instance'>('vnf_instance', {
  ...byClients('Appliances'),
  *post_delete_in_transaction({ resource, tx }) {
    for (const { port } of resource.networks) yield* tx.remove('port', port);
  },
});
