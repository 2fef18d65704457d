import { defineHooks, refuse } from 'kamado';
import type { FirewallInterface, Port, Types } from '../types.ts';
import { connect } from './connect.ts';
import { configurationOf } from './slots.ts';

/** What connects an interface elsewhere: another port, which the machine and the firewall are told. */
export const attach = defineHooks<Types, 'firewall_interface'>('firewall_interface', {
  *pre_update_in_transaction({ resource, previous, tx }) {
    if (!moved(resource, previous) && !shares(resource, previous)) return;
    if (resource.type === 'management') throw refuseManagement(resource);
    const own = yield* tx.get('vnf_interface', resource.vnf_interface_id);
    if (own === null) throw new Error(`the interface ${resource.name} has none of the machine`);
    const shared = {
      virtual_ip_address: resource.virtual_ip_address,
      virtual_ip_properties: resource.virtual_ip_properties,
    };
    if (!moved(resource, previous)) {
      yield* tx.update('vnf_interface', own.id, shared);
      yield* tx.update('port', own.body.port_id, { allowed_address_pairs: pairsOf(resource) });
      return;
    }
    const instance = yield* tx.get('vnf_instance', own.body.vnf_instance_id);
    if (instance === null) throw new Error(`the interface ${own.id} has no machine`);
    const image = yield* tx.get('vnf_template', instance.body.vnf_template_id);
    const network = resource.network_id ?? image?.body.dummy_networks[0];
    if (network === undefined) throw new Error(`the machine ${instance.id} has no network to park ports in`);

    const connection = yield* connect(tx, network, addressWanted(resource, previous), {
      tenant_id: resource.tenant_id,
      name: 'firewall-user-port',
      admin_state_up: resource.network_id !== null,
      allowed_address_pairs: pairsOf(resource),
    });
    const address = resource.network_id === null ? null : connection.address;
    yield* tx.update('vnf_interface', own.id, {
      network_id: resource.network_id,
      ip_address: address,
      port_id: connection.port,
      ...shared,
    });
    yield* tx.update('vnf_instance', instance.id, {
      networks: instance.body.networks.map(({ port }) => ({
        port: port === own.body.port_id ? connection.port : port,
      })),
    });
    yield* tx.remove('port', own.body.port_id);
    return { ip_address: address };
  },

  *post_update_in_transaction({ resource, previous, tx }) {
    if (!moved(resource, previous)) return;
    yield* tx.update('firewall', resource.firewall_id, { networks: yield* configurationOf(tx, resource.firewall_id) });
  },
});

function moved(resource: FirewallInterface, previous: FirewallInterface): boolean {
  return resource.network_id !== previous.network_id || resource.ip_address !== previous.ip_address;
}

function shares(resource: FirewallInterface, previous: FirewallInterface): boolean {
  return (
    resource.virtual_ip_address !== previous.virtual_ip_address ||
    resource.virtual_ip_properties?.vrid !== previous.virtual_ip_properties?.vrid
  );
}

/** The address that is asked for: one that stayed while the network changed isn't. */
function addressWanted(resource: FirewallInterface, previous: FirewallInterface): string | null {
  return resource.ip_address === previous.ip_address ? null : resource.ip_address;
}

/** What the port may send from besides its own address: the shared one, by the MAC address of its group (RFC 5798, 7.3). */
function pairsOf({
  virtual_ip_address: address,
  virtual_ip_properties: sharing,
}: FirewallInterface): Port['allowed_address_pairs'] {
  if (address === null) return [];
  if (sharing === null) return [{ ip_address: address }];
  return [{ ip_address: address, mac_address: `00:00:5e:00:01:${sharing.vrid.toString(16).padStart(2, '0')}` }];
}

function refuseManagement({ name }: FirewallInterface): Error {
  return refuse({
    status: 409,
    code: 'MANAGEMENT_INTERFACE',
    message: `The interface ${name} is that by which the firewall is managed.`,
    remedy: 'Connect one of the others.',
  });
}
