/**
 * A message of the peer that doesn't conform to NETCONF in the RFCs. It contains only Kamado's own words, never the
 * peer's. The session turns it into NETCONF_PROTOCOL, which names the device.
 */
export class ProtocolFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ProtocolFault';
  }
}
