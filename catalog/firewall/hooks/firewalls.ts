import { defineHooks, type Patch, type Row, refuse, type Transaction, type Work } from 'kamado';
import type { Firewall, FirewallPlan, Types, VnfInterface, VnfPlan, VnfTemplate } from '../types.ts';
import { type Connection, connect } from './connect.ts';
import { disabled, interfaceName, interfacesOf, managementSlot } from './slots.ts';

type Tx = Transaction<Types>;

/** What comes with a firewall: before it the machine that it is, after it its interfaces. */
export const order = defineHooks<Types, 'firewall'>('firewall', {
  *pre_create_in_transaction({ id, resource, tx }) {
    const plan = yield* tx.get('firewall_plan', resource.firewall_plan_id);
    // What refers to nothing is refused like every such reference.
    if (plan === null) return;
    const { size, image } = yield* offered(tx, plan);
    const owner = { tenant_id: resource.tenant_id };
    const connections = yield* connectAll(tx, size.body, image.body, owner);
    const instance = yield* tx.create('vnf_instance', {
      ...owner,
      name: `firewall-${id}`,
      vnf_template_id: image.id,
      vnf_plan_id: size.id,
      availability_zone: resource.availability_zone,
      management_ip: connections[managementSlot]?.address ?? null,
      owner_tenant_id: resource.tenant_id,
      networks: connections.map(({ port }) => ({ port })),
    });
    for (const [slot, connection] of connections.entries()) {
      yield* tx.create('vnf_interface', {
        ...owner,
        ...placeOf(slot, connection, image.body),
        name: `interface-${slot}`,
        port_id: connection.port,
        vnf_instance_id: instance.id,
      });
    }
    const names = connections.map((_, slot) => interfaceName(slot));
    return { vnf_instance_id: instance.id, networks: names.slice(managementSlot + 1).map(disabled) };
  },

  *post_create_in_transaction({ id, resource, tx }) {
    const all = yield* tx.list('vnf_interface', { vnf_instance_id: resource.vnf_instance_id });
    for (const { id: vnfInterfaceId, body } of [...all].sort((a, b) => rank(a.body) - rank(b.body))) {
      yield* tx.create('firewall_interface', {
        tenant_id: resource.tenant_id,
        firewall_id: id,
        vnf_interface_id: vnfInterfaceId,
        name: interfaceName(body.slot_number),
        slot_number: body.slot_number,
        type: body.type,
        ...(body.slot_number === managementSlot && { network_id: body.network_id, ip_address: body.ip_address }),
      });
    }
  },

  *pre_delete_in_transaction({ id, tx }) {
    for (const one of yield* interfacesOf(tx, id)) yield* tx.remove('firewall_interface', one.id);
  },

  // The machine goes when nothing on it is left to be undone.
  *post_delete_in_transaction({ resource, tx }) {
    const interfaces = yield* tx.list('vnf_interface', { vnf_instance_id: resource.vnf_instance_id });
    for (const one of interfaces) yield* tx.remove('vnf_interface', one.id);
    yield* tx.remove('vnf_instance', resource.vnf_instance_id);
  },
});

/** The interfaces of the tenant by their slots, that for management last. */
function rank({ slot_number: slot }: VnfInterface): number {
  return slot === managementSlot ? Number.POSITIVE_INFINITY : slot;
}

/** The size and the image of a plan that can be ordered. */
function* offered(tx: Tx, plan: Row<FirewallPlan>): Work<{ size: Row<VnfPlan>; image: Row<VnfTemplate> }> {
  if (!plan.body.enabled) {
    throw refuse({
      status: 409,
      code: 'PLAN_DISABLED',
      message: `The plan ${plan.body.name} cannot be ordered any more.`,
      remedy: 'Order by another plan.',
    });
  }
  const size = yield* tx.get('vnf_plan', plan.body.vnf_plan_id);
  const image = yield* tx.get('vnf_template', plan.body.vnf_template_id);
  if (size === null || image === null) throw new Error(`the plan ${plan.id} has no size or no image`);
  return { size, image };
}

/** A port for each interface: for management where that is, for the others where ports are parked. */
function* connectAll(tx: Tx, size: VnfPlan, image: VnfTemplate, owner: Patch<Firewall>): Work<readonly Connection[]> {
  const connections: Connection[] = [];
  for (let slot = 0; slot < size.default_interface_number; slot++) {
    connections.push(
      yield* slot === managementSlot
        ? connect(tx, first(image.management_networks), null, { ...owner, name: 'firewall-management-port' })
        : connect(tx, first(image.dummy_networks), null, {
            ...owner,
            name: 'firewall-user-port',
            admin_state_up: false,
          }),
    );
  }
  return connections;
}

function placeOf(slot: number, { address }: Connection, image: VnfTemplate) {
  return slot === managementSlot
    ? ({
        slot_number: slot,
        type: 'management',
        network_id: first(image.management_networks),
        ip_address: address,
      } as const)
    : ({ slot_number: slot, type: 'user', network_id: null } as const);
}

function first(networks: readonly string[]): string {
  const [network] = networks;
  if (network === undefined) throw new Error('the image names no network');
  return network;
}
