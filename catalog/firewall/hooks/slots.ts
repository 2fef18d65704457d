import type { Row, Transaction, Work } from 'kamado';
import type { Firewall, FirewallInterface, Types } from '../types.ts';
import { maskLengthAt } from './connect.ts';

/** The slot of the interface by which the platform manages a firewall. */
export const managementSlot = 0;

/** What the firewall itself calls the interface in a slot. */
export function interfaceName(slot: number): string {
  return `dp0s${slot + 3}`;
}

/** A firewall's interfaces by their slots. */
export function* interfacesOf(tx: Transaction<Types>, firewallId: string): Work<readonly Row<FirewallInterface>[]> {
  const interfaces = yield* tx.list('firewall_interface', { firewall_id: firewallId });
  return [...interfaces].sort((one, other) => one.body.slot_number - other.body.slot_number);
}

/** What a firewall is told of an interface that is switched off. */
export function disabled(name: string): Firewall['networks'][number] {
  return { ifname: name, type: 'disable' };
}

/** What a firewall is told of its interfaces: all but that for management, which its image configures. */
export function* configurationOf(tx: Transaction<Types>, firewallId: string): Work<Firewall['networks']> {
  const networks: Firewall['networks'][number][] = [];
  for (const { body } of yield* interfacesOf(tx, firewallId)) {
    if (body.slot_number === managementSlot) continue;
    networks.push(
      body.network_id === null || body.ip_address === null
        ? disabled(body.name)
        : {
            ifname: body.name,
            type: 'static',
            ip_address: body.ip_address,
            cidr: yield* maskLengthAt(tx, body.network_id, body.ip_address),
          },
    );
  }
  return networks;
}
