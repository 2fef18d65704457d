import { BlockList } from 'node:net';
import { type Patch, type Row, refuse, type Transaction, type Work } from 'kamado';
import type { Port, Subnet, Types } from '../types.ts';

type Tx = Transaction<Types>;

/** A port that a firewall has been given, and where it is. */
export interface Connection {
  readonly port: string;
  readonly address: string;
  /** How long the network part of the address is. */
  readonly maskLength: string;
}

/** Makes a port in a network, with the address that is asked for, or the lowest free one. */
export function* connect(tx: Tx, networkId: string, wanted: string | null, properties: Patch<Port>): Work<Connection> {
  const subnet = yield* subnetOf(tx, networkId, wanted);
  const port = yield* tx.create('port', {
    ...properties,
    network_id: networkId,
    fixed_ips: [wanted === null ? { subnet_id: subnet.id } : { subnet_id: subnet.id, ip_address: wanted }],
    // The compute service detaches the ports of a machine that it takes down; these are not its to delete.
    fake_delete: true,
  });
  const address = port.body.fixed_ips?.[0]?.ip_address;
  if (address === undefined) throw new Error(`the port ${port.id} has no address`);
  return { port: port.id, address, maskLength: maskLengthOf(subnet.body) };
}

/** The mask length of the subnet of a network that has the address. */
export function* maskLengthAt(tx: Tx, networkId: string, address: string): Work<string> {
  return maskLengthOf((yield* subnetOf(tx, networkId, address)).body);
}

/** The subnet of a network that has the address; without one the first. */
function* subnetOf(tx: Tx, networkId: string, address: string | null): Work<Row<Subnet>> {
  const subnets = yield* tx.list('subnet', { network_id: networkId });
  const subnet = subnets.find((candidate) => address === null || contains(candidate.body.cidr, address));
  if (subnet !== undefined) return subnet;
  throw refuse({
    status: 409,
    code: 'NO_SUCH_SUBNET',
    message:
      address === null
        ? `The network ${networkId} has no subnet.`
        : `The network ${networkId} has no subnet with ${address}.`,
    remedy: 'Make a subnet in the network first, or name another network or address.',
  });
}

function contains(cidr: string, address: string): boolean {
  const [network = '', length = ''] = cidr.split('/');
  const addresses = new BlockList();
  addresses.addSubnet(network, Number(length));
  return addresses.check(address);
}

function maskLengthOf(subnet: Subnet): string {
  return subnet.cidr.split('/')[1] ?? '32';
}
