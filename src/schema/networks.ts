import { isIPv4, isIPv6 } from 'node:net';

/** An IP network from text. Host bits may be set. */
export interface Network {
  readonly address: string;
  readonly bits: number;
  readonly version: 4 | 6;
}

/** Parses an address and a mask length without leading zeros. null if the text isn't one. */
export function parseCidr(text: string): Network | null {
  const [address = '', mask = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^(?:0|[1-9]\d{0,2})$/.test(mask)) return null;
  const bits = Number(mask);
  if (isIPv4(address)) return bits <= 32 ? { address, bits, version: 4 } : null;
  return isIPv6(address) && !address.includes('%') && bits <= 128 ? { address, bits, version: 6 } : null;
}

/** The 32 bits of an IPv4 address as a number. null if the text isn't one. */
export function ipv4Number(text: string): number | null {
  return isIPv4(text) ? text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0) : null;
}

/** The IPv4 address with these 32 bits. */
export function ipv4Text(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join('.');
}

/** The number of addresses in an IPv4 network, and the index of its own address, from 0. */
export function hostPart({ address, bits }: Network): { readonly host: number; readonly size: number } {
  const size = 2 ** (32 - bits);
  return { host: (ipv4Number(address) ?? 0) % size, size };
}

/**
 * An address of an IPv4 network: 0 is its own, -1 the last. null if the text isn't such a network, or it has no such
 * address.
 */
export function addressInNetwork(cidr: string, index: number): string | null {
  const network = parseCidr(cidr);
  if (network?.version !== 4) return null;
  const { host, size } = hostPart(network);
  const at = index < 0 ? size + index : index;
  if (at < 0 || at >= size) return null;
  return ipv4Text((ipv4Number(network.address) ?? 0) - host + at);
}
